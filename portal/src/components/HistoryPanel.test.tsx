import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { HistoryPanel } from "./HistoryPanel";

const at = "2026-11-20T09:00:00Z";
const placed = { at, kind: "placed", text: "Order placed for €98.00", by: "Mara Lind" } as const;
const begun = {
  at,
  kind: "payment_begun",
  text: "Payment begun: Test payment",
  by: "Mara Lind",
  shopper_text: "Payment begun",
} as const;

function show(data?: Parameters<typeof HistoryPanel>[0]["query"]["data"], error?: unknown) {
  render(
    <MantineProvider env="test">
      <HistoryPanel query={{ data, error, refetch: vi.fn(() => Promise.resolve()) }} />
    </MantineProvider>,
  );
}

it("shows each step with who took it, and what the shopper reads where that differs", () => {
  show({ items: [{ ...placed, shopper_text: placed.text }, begun] });
  expect(screen.getAllByRole("listitem")).toHaveLength(2);
  screen.getByText("Order placed for €98.00");
  screen.getByText("The shopper reads: Payment begun");
  expect(screen.queryByText("The shopper reads: Order placed for €98.00")).toBeNull();
  expect(screen.getAllByText(/· Mara Lind/)).toHaveLength(2);
});

it("says that nothing is on record, and that it could not be loaded", () => {
  show({ items: [] });
  screen.getByText("Nothing is on record.");
  show(undefined, new Error("offline"));
  screen.getByRole("button", { name: "Try again" });
});
