import { screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Parcel } from "../api/types";
import { renderPortal } from "../testing/portal";
import { RestPanel } from "./RestPanel";

const rest = {
  amount: { amount: 39_900, currency: "EUR" },
  due_on: "2027-05-03",
  is_due: true,
  paid_at: null,
};

function show(changes: object) {
  const shown = { ...rest, ...changes } as unknown as NonNullable<Parcel["rest"]>;
  const Page = () => <RestPanel rest={shown} />;
  renderPortal("fulfilment", "/p/oak/parcel", [{ path: "parcel", Component: Page }], {});
}

afterEach(() => vi.restoreAllMocks());

it("says that nothing is shipped before the rest is paid", async () => {
  show({});
  const text = (await screen.findByText(/The deposit is paid/)).textContent;
  expect(text).toMatch(/399\.00 is due by/);
  expect(text).toContain("Do not ship");
});

it("says that the rest was paid", async () => {
  show({ is_due: false, paid_at: "2027-05-01T09:00:00Z" });
  await screen.findByText(/399\.00 was paid on/);
  expect(screen.queryByText(/Do not ship/)).toBeNull();
});

it("says that the rest was never paid", async () => {
  show({ is_due: false });
  await screen.findByText(/was due by .* and was not paid/);
});
