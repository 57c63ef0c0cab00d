import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Shipment } from "../api/types";
import { renderPortal } from "../testing/portal";
import { ShipmentEventForm } from "./ShipmentForms";

const shipment: Shipment = {
  id: "h1",
  carrier: "DHL",
  tracking_number: "1",
  state: "handed_over",
  created_at: "2026-11-22T05:00:00Z",
  events: [],
};

function show(state: Shipment["state"]) {
  const Page = () => (
    <>
      <h1>Parcel</h1>
      <ShipmentEventForm shipment={{ ...shipment, state }} />
    </>
  );
  return renderPortal("fulfilment", "/p/oak/parcel", [{ path: "parcel", Component: Page }], {
    "POST /providers/t1/shipments/h1/events": shipment,
  });
}

afterEach(() => vi.restoreAllMocks());

it.each<[Shipment["state"], string[]]>([
  ["handed_over", ["In transit", "Delivered", "Returned to sender"]],
  ["in_transit", ["Delivered", "In transit", "Returned to sender"]],
])("offers only the next possible events of a shipment that is %s", async (state, choices) => {
  show(state);
  const field = await screen.findByLabelText("What happened");
  expect(
    within(field)
      .getAllByRole("option")
      .map((option) => option.textContent),
  ).toEqual(choices);
});

it.each<Shipment["state"]>(["delivered", "returned_to_sender"])(
  "offers no event for a shipment that is %s",
  async (state) => {
    show(state);
    await screen.findByRole("heading", { name: "Parcel" });
    expect(screen.queryByLabelText("What happened")).toBeNull();
  },
);

it("preselects the first possible event", async () => {
  const sent = show("handed_over");
  await userEvent.click(await screen.findByRole("button", { name: "Add event" }));
  await waitFor(() =>
    expect(sent).toEqual([
      { path: "POST /providers/t1/shipments/h1/events", body: { state: "in_transit", note: "" } },
    ]),
  );
});
