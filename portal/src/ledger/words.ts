import type { LedgerTransfer } from "../api/types";
import { humanize } from "../format/text";

type Entry = LedgerTransfer["entries"][number];

const transfers: Record<LedgerTransfer["kind"], string> = {
  sale: "Paid",
  cash_due: "Cash on delivery",
  cash_collected: "Cash collected",
  refund: "Refunded",
  refund_failed: "Refund came back",
  payment_return: "Paid for nothing, and returned",
  fee: "Fee of the gateway",
  dispute_opened: "Dispute opened",
  dispute_won: "Dispute won",
  dispute_lost: "Dispute lost",
  payout: "Paid out",
  payout_failed: "Payout failed",
  payout_reversed: "Payout taken back",
  adjustment: "Adjusted by hand",
};

/** What an entry says when its amount is positive, and when it is negative. */
const entries: Record<Entry["account"], [debit: string, credit: string]> = {
  gateway_cash: ["Received", "Paid"],
  provider_payable: ["Taken off what SMP owes", "SMP owes"],
  commission: ["Commission given back", "Commission"],
  shipping: ["Shipping that SMP pays", "Shipping"],
  tax: ["Tax given back", "Tax"],
  discounts: ["Discount that SMP bears", "Discount given back"],
  refunds: ["No longer owed to the shopper", "Owed to the shopper"],
  disputes: ["Held by the shopper’s bank", "No longer held by the shopper’s bank"],
  fees: ["Fee that SMP pays", "Fee"],
  cash_to_collect: ["To be collected at the door", "No longer to be collected at the door"],
  voucher_liability: ["Vouchers redeemed", "Vouchers to be redeemed"],
  rounding: ["Rounding", "Rounding"],
  payouts_in_transit: ["On its way to the provider", "Arrived at the provider"],
};

/** "Cash on delivery (Refused at the door)". */
export function transferInWords({ kind, note }: LedgerTransfer): string {
  return note === "" ? transfers[kind] : `${transfers[kind]} (${note})`;
}

/** "SMP owes, North", "Received by Stripe". The amount stands beside it, without its sign. */
export function entryInWords({ account, amount, provider_name, gateway }: Entry): string {
  const words = entries[account][amount.amount > 0 ? 0 : 1];
  if (gateway != null) return `${words} by ${humanize(gateway)}`;
  return provider_name == null ? words : `${words}, ${provider_name}`;
}
