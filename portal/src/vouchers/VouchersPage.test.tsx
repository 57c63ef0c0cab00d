import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { RedeemableVoucher, VoucherRedemption } from "../api/types";
import { formatDateTime } from "../format/time";
import { ProblemResponse, renderPortal, type Responses } from "../testing/portal";
import { VouchersPage } from "./VouchersPage";

const lookUp = "POST /providers/t1/vouchers/lookup";
const redeem = "POST /providers/t1/vouchers/redemptions";
const list = "GET /providers/t1/vouchers/redemptions";
const reverse = "POST /providers/t1/vouchers/redemptions/r1/reversal";

const redemption: VoucherRedemption = {
  id: "r1",
  voucher_id: "v1",
  title: "An afternoon at the lathe",
  item_name: "For two",
  order_number: "SMP-7K3M-2QXF",
  code_ending: "HN4C",
  reference: "R-17",
  redeemed_at: "2026-11-20T09:00:00Z",
  redeemed_by: "Cas Till",
  reversal_reason: "",
};
const voucher: RedeemableVoucher = {
  id: "v1",
  title: "An afternoon at the lathe",
  item_name: "For two",
  order_number: "SMP-7K3M-2QXF",
  state: "active",
  issued_at: "2026-11-01T09:00:00Z",
  valid_until: "2027-11-01T09:00:00Z",
  code_ending: "HN4C",
};

/** As a query finds it: with plain spaces. */
const shownTime = (at: string) => formatDateTime(at).replace(/\s/g, " ");

afterEach(() => vi.restoreAllMocks());

function show(responses: Responses) {
  return renderPortal(
    "cashier",
    "/p/oak/vouchers",
    [{ path: "vouchers", Component: VouchersPage }],
    { [list]: { items: [] }, ...responses },
  );
}

async function typeCode(code: string) {
  const field = await screen.findByLabelText<HTMLInputElement>("Voucher code");
  await userEvent.type(field, code);
  await userEvent.click(screen.getByRole("button", { name: "Look up" }));
  return field;
}

it("looks a voucher up, redeems it, and is ready for the next code", async () => {
  let items: VoucherRedemption[] = [];
  const sent = show({
    [list]: () => ({ items }),
    [lookUp]: voucher,
    [redeem]: () => {
      items = [redemption];
      return redemption;
    },
  });
  await screen.findByText(/^No voucher has been redeemed yet\./);
  const field = await typeCode(" k7mp-2qxr-9dtw-hn4c ");
  await screen.findByRole("heading", { name: "An afternoon at the lathe" });
  screen.getByText("Can be redeemed");
  screen.getByText("SMP-7K3M-2QXF");
  screen.getByText(shownTime(voucher.valid_until));
  expect(sent).toEqual([{ path: lookUp, body: { code: "K7MP-2QXR-9DTW-HN4C" } }]);
  await userEvent.type(screen.getByLabelText("Receipt or booking number"), " R-17 ");
  await userEvent.click(screen.getByRole("button", { name: "Redeem voucher" }));
  await screen.findByText("Redeemed: An afternoon at the lathe");
  expect(sent[1]).toEqual({
    path: redeem,
    body: { code: "K7MP-2QXR-9DTW-HN4C", reference: "R-17" },
  });
  expect(screen.queryByRole("button", { name: "Redeem voucher" })).toBeNull();
  expect(field.value).toBe("");
  expect(document.activeElement).toBe(field);
  const table = within(await screen.findByRole("table", { name: "Redemptions" }));
  for (const text of ["For two, …HN4C", "SMP-7K3M-2QXF", "R-17", "Cas Till"]) table.getByText(text);
});

it("says at the field that a code is wrong, and keeps what was typed", async () => {
  const message = "No voucher of yours has this code.";
  show({
    [lookUp]: new ProblemResponse(422, {
      title: "Unprocessable Entity",
      errors: [{ field: "code", message }],
    }),
  });
  const field = await typeCode("K7MP");
  await screen.findByText(message);
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(field.value).toBe("K7MP");
});

it("asks for a code before it looks one up", async () => {
  const sent = show({});
  await userEvent.click(await screen.findByRole("button", { name: "Look up" }));
  await screen.findByText("Enter the code of the voucher.");
  expect(sent).toEqual([]);
});

it("hides a voucher once another code is typed", async () => {
  show({ [lookUp]: voucher });
  const field = await typeCode("K7MP-2QXR-9DTW-HN4C");
  await screen.findByRole("button", { name: "Redeem voucher" });
  await userEvent.type(field, "X");
  expect(screen.queryByRole("button", { name: "Redeem voucher" })).toBeNull();
});

it.each<[string, Partial<RedeemableVoucher>, string]>([
  [
    "redeemed",
    { state: "exhausted", redemption },
    `Redeemed on ${shownTime(redemption.redeemed_at)} (reference R-17)`,
  ],
  ["expired", { state: "expired" }, `Expired on ${shownTime(voucher.valid_until)}`],
  ["refunded", { state: "void" }, "Void: it was refunded"],
])("says that a voucher is %s, and offers no button", async (_, parts, text) => {
  show({ [lookUp]: { ...voucher, ...parts } });
  await typeCode("K7MP-2QXR-9DTW-HN4C");
  await screen.findByText(text);
  expect(screen.queryByRole("button", { name: "Redeem voucher" })).toBeNull();
});

it("shows why a voucher was not redeemed", async () => {
  const detail = "This voucher was redeemed a moment ago.";
  show({
    [lookUp]: voucher,
    [redeem]: new ProblemResponse(409, {
      type: "urn:smp:voucher_redeemed",
      title: "Conflict",
      detail,
    }),
  });
  await typeCode("K7MP-2QXR-9DTW-HN4C");
  await userEvent.click(await screen.findByRole("button", { name: "Redeem voucher" }));
  expect((await screen.findByRole("alert")).textContent).toContain(detail);
});

it("reverses a redemption for a reason", async () => {
  const reversed = {
    ...redemption,
    reversed_at: "2026-11-20T10:00:00Z",
    reversed_by: "Ada Oak",
    reversal_reason: "The wrong voucher.",
  };
  let items: VoucherRedemption[] = [redemption];
  const sent = show({
    [list]: () => ({ items }),
    [reverse]: () => {
      items = [reversed];
      return reversed;
    },
  });
  await userEvent.click(await screen.findByRole("button", { name: /^Reverse / }));
  const dialog = within(await screen.findByRole("dialog"));
  dialog.getByText(/can be redeemed again until it expires\.$/);
  await userEvent.click(dialog.getByRole("button", { name: "Reverse redemption" }));
  await dialog.findByText("Enter a reason.");
  expect(sent).toEqual([]);
  await userEvent.type(dialog.getByLabelText("Reason"), "The wrong voucher.");
  await userEvent.click(dialog.getByRole("button", { name: "Reverse redemption" }));
  await screen.findByText(
    `Reversed on ${shownTime(reversed.reversed_at)} by Ada Oak: The wrong voucher.`,
  );
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(sent).toEqual([{ path: reverse, body: { reason: "The wrong voucher." } }]);
});
