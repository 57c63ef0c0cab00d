import { refresh } from "../api/client";

/** Reads again what is shown of orders: the list, and one with its history, money and invoices. */
export async function refreshOrder(): Promise<void> {
  await refresh(
    "/orders",
    "/orders/{number}",
    "/orders/{number}/history",
    "/orders/{number}/ledger",
    "/orders/{number}/invoices",
  );
}
