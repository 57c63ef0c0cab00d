import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Parcel } from "../api/types";
import { ProblemResponse, renderPortal } from "../testing/portal";
import { CashPanel } from "./CashPanel";

const path = "POST /providers/t1/parcels/p1/cash";

function show(cash: NonNullable<Parcel["cash"]>, shipments: object[], answer: unknown = {}) {
  const parcel = { id: "p1", shipments, cash } as unknown as Parcel;
  const Page = () => <CashPanel parcel={parcel} cash={cash} />;
  return renderPortal("fulfilment", "/p/oak/parcel", [{ path: "parcel", Component: Page }], {
    [path]: answer,
  });
}

const amount = { amount: 4_900, currency: "EUR" };
const shipment = { id: "h1" };

afterEach(() => vi.restoreAllMocks());

it.each([
  ["Cash collected", "collected"],
  ["Parcel refused", "refused"],
])("asks before it notes “%s”", async (button, outcome) => {
  const sent = show({ amount }, [shipment]);
  await userEvent.click(await screen.findByRole("button", { name: button }));
  expect(sent).toEqual([]);
  const dialog = await screen.findByRole("dialog");
  await userEvent.click(within(dialog).getByRole("button", { name: button }));
  await waitFor(() => expect(sent).toEqual([{ path, body: { outcome } }]));
});

it("offers nothing before the parcel is shipped, nor after the outcome is noted", async () => {
  show({ amount }, []);
  await screen.findByText(/^Collect .*49\.00 at the door\.$/);
  expect(screen.queryByRole("button")).toBeNull();
});

it("says what was noted", async () => {
  show({ amount, outcome: "refused" }, [shipment]);
  await screen.findByText(/refused at the door/);
  expect(screen.queryByRole("button")).toBeNull();
});

it("shows why an outcome was not noted", async () => {
  const detail = "The other outcome was noted for this parcel already.";
  show({ amount }, [shipment], new ProblemResponse(409, { title: "Conflict", detail }));
  await userEvent.click(await screen.findByRole("button", { name: "Cash collected" }));
  const dialog = await screen.findByRole("dialog");
  await userEvent.click(within(dialog).getByRole("button", { name: "Cash collected" }));
  expect((await screen.findByRole("alert")).textContent).toContain(detail);
});
