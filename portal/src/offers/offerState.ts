import { $api } from "../api/client";
import type { Offer, Sale } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { isSelling } from "../sales/saleState";

const maxSales = 100;

/** A function that gives the state of an offer by its sales; null while they are not known. */
export function useOfferState(tenant: string): (offer: Offer) => string | null {
  const maySeeSales = useHasRole("owner", "editor", "fulfilment", "analyst");
  const sales = $api.useQuery(
    "get",
    "/providers/{tenant}/sales",
    { params: { path: { tenant }, query: { limit: maxSales } } },
    { enabled: maySeeSales },
  );
  const known = sales.data;
  return (offer) =>
    offerState(offer, known?.items ?? [], known !== undefined && known.next_cursor == null);
}

/** Whether an offer is on sale. `complete` says that no other sale can be of this offer. */
export function offerState(
  offer: Pick<Offer, "id" | "state">,
  sales: Sale[],
  complete: boolean,
): string | null {
  if (offer.state === "archived") return "archived";
  const own = sales.filter(({ offer_id }) => offer_id === offer.id);
  if (own.some(isSelling)) return "on_sale";
  if (own.some(({ state, phase }) => state === "approved" && phase !== "ended")) return "announced";
  if (own.some(({ state }) => state === "halted")) return "halted";
  if (own.some(({ state }) => state === "submitted")) return "submitted";
  if (own.some(({ state }) => state === "draft" || state === "changes_requested"))
    return "sale_planned";
  return complete ? "not_on_sale" : null;
}
