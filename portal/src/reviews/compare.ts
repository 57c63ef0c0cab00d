import type { RevisionContent } from "../api/types";
import { formatMoney } from "../format/money";
import { formatDateRange, formatDuration, formatZoned } from "../format/time";
import { formatCount } from "../format/numbers";
import { plural } from "../format/text";
import { formatAttributes } from "../offers/attributes";
import { countryNames } from "../sales/liveSale";
import { kindName } from "../sales/saleFormValues";
import { slotDates, shipWindow } from "../sales/saleState";

export type Change = "same" | "changed" | "added" | "removed";

export interface ComparedField {
  label: string;
  before: string;
  after: string;
  change: Change;
  /** Whether changes are marked word by word rather than for the whole value. */
  prose: boolean;
}

export interface ComparedItem {
  key: string;
  name: string;
  change: Change;
  fields: ComparedField[];
}

export type ContentAsset = RevisionContent["assets"][number];

export interface ComparedAsset {
  key: string;
  before: ContentAsset | null;
  after: ContentAsset | null;
  change: Change;
}

export interface Comparison {
  fields: ComparedField[];
  items: ComparedItem[];
  assets: ComparedAsset[];
  /** The number of fields, items and pictures that differ. */
  changes: number;
}

/** Compares the submitted content with the approved content, if there is any. */
export function compareContent(before: RevisionContent | null, after: RevisionContent): Comparison {
  const fields = pairFields(before ? fieldsOf(before) : [], fieldsOf(after), before === null);
  const items = compareItems(before, after);
  const assets = compareAssets(before, after);
  const changes = [...fields, ...items, ...assets].filter(({ change }) => change !== "same").length;
  return { fields, items, assets, changes: before === null ? 0 : changes };
}

interface PlainField {
  label: string;
  value: string;
  prose?: boolean;
}

function fieldsOf(content: RevisionContent): PlainField[] {
  return [
    { label: "Title", value: content.title, prose: true },
    { label: "Summary", value: content.summary, prose: true },
    { label: "Description", value: content.description, prose: true },
    { label: "Terms of sale", value: content.terms, prose: true },
    { label: "Payment", value: content.mode === "hosted" ? "At SMP" : "In the provider’s cart" },
    { label: "Type", value: kindName(content.kind) },
    ...(content.target_quantity == null
      ? []
      : [{ label: "Target", value: formatCount(content.target_quantity) }]),
    ...(content.when_target_missed === "refund"
      ? [{ label: "Below its target", value: "Everyone is refunded" }]
      : []),
    ...(content.ship_max_days == null
      ? []
      : [{ label: "Ships", value: shipWindow(content) ?? "" }]),
    ...(content.voucher_valid_days == null
      ? []
      : [{ label: "Voucher valid for", value: plural(content.voucher_valid_days, "day") }]),
    { label: "Starts", value: formatZoned(content.starts_at) },
    { label: "Ends", value: formatZoned(content.ends_at) },
    ...(content.mode === "hosted"
      ? [{ label: "Hold time", value: formatDuration(content.hold_seconds) }]
      : []),
    ...(content.mode === "hosted"
      ? [{ label: "Waitlist offer", value: formatDuration(content.waitlist_offer_seconds) }]
      : []),
    ...(content.registration_opens_at
      ? [{ label: "Registration opens", value: formatZoned(content.registration_opens_at) }]
      : []),
    ...(content.registration_closes_at
      ? [{ label: "Registration closes", value: formatZoned(content.registration_closes_at) }]
      : []),
    ...(content.registration_opens_at
      ? [
          {
            label: "Who can buy",
            value: content.registered_only ? "Registered shoppers only" : "Everyone",
          },
        ]
      : []),
    ...(content.redirect_url ? [{ label: "Redirect URL", value: content.redirect_url }] : []),
    ...(content.sold_out_at_guarantee
      ? [{ label: "When the guarantee is reported as bought", value: "Sold out" }]
      : []),
    { label: "Countries", value: countryNames(content.countries) },
  ];
}

function pairFields(before: PlainField[], after: PlainField[], first: boolean): ComparedField[] {
  const labels = [...new Set([...after, ...before].map(({ label }) => label))];
  return labels.map((label) => {
    const old = before.find((field) => field.label === label);
    const now = after.find((field) => field.label === label);
    return {
      label,
      before: old?.value ?? "",
      after: now?.value ?? "",
      change: first ? "same" : changeBetween(old?.value, now?.value),
      prose: (now ?? old)?.prose ?? false,
    };
  });
}

function compareItems(before: RevisionContent | null, after: RevisionContent): ComparedItem[] {
  const old = before?.items ?? [];
  const keys = [...new Set([...after.items, ...old].map(keyOf))];
  return keys.map((key) => {
    const was = old.find((item) => keyOf(item) === key);
    const is = after.items.find((item) => keyOf(item) === key);
    const fields = pairFields(
      was && before ? itemFields(was, before.currency) : [],
      is ? itemFields(is, after.currency) : [],
      before === null || !was || !is,
    );
    const change =
      before === null
        ? "same"
        : !was
          ? "added"
          : !is
            ? "removed"
            : fields.some((field) => field.change !== "same")
              ? "changed"
              : "same";
    return { key, name: (is ?? was)?.name ?? "", change, fields };
  });
}

/** The same package on other dates is another item. */
function keyOf({
  item_id,
  slot_starts_on,
  slot_ends_on,
}: RevisionContent["items"][number]): string {
  return `${item_id} ${slot_starts_on ?? ""} ${slot_ends_on ?? ""}`;
}

function itemFields(item: RevisionContent["items"][number], currency: string): PlainField[] {
  const money = (amount: number) => formatMoney({ amount, currency });
  return [
    { label: "Name", value: item.name },
    { label: "SKU", value: item.sku },
    { label: "Attributes", value: formatAttributes(item.attributes) },
    { label: "Sale price", value: money(item.price_minor) },
    {
      label: "Compare-at price",
      value: item.compare_at_minor == null ? "" : money(item.compare_at_minor),
    },
    { label: "Deposit", value: item.deposit_minor == null ? "" : money(item.deposit_minor) },
    {
      label: "Rest due by",
      value: item.rest_due_on == null ? "" : formatDateRange(item.rest_due_on, item.rest_due_on),
    },
    {
      label: "When the rest is not paid, or the shopper cancels",
      value:
        item.deposit_minor == null
          ? ""
          : item.deposit_refundable
            ? "The deposit is refunded"
            : "The deposit is kept",
    },
    { label: "Capacity", value: String(item.capacity) },
    { label: "Limit per shopper", value: String(item.limit_per_shopper) },
    { label: "Dates", value: slotDates(item) ?? "" },
    {
      label: "Guaranteed quantity",
      value: item.guaranteed_quantity == null ? "" : String(item.guaranteed_quantity),
    },
    { label: "Evidence", value: item.evidence, prose: true },
    { label: "Evidence file", value: item.evidence_asset_id ? "Attached" : "" },
  ];
}

function compareAssets(before: RevisionContent | null, after: RevisionContent): ComparedAsset[] {
  const old = before?.assets ?? [];
  const keys = [...new Set([...after.assets, ...old].map(({ asset_id }) => asset_id))];
  return keys.map((key) => {
    const was = old.find(({ asset_id }) => asset_id === key) ?? null;
    const is = after.assets.find(({ asset_id }) => asset_id === key) ?? null;
    const change: Change =
      before === null
        ? "same"
        : !was
          ? "added"
          : !is
            ? "removed"
            : was.alt !== is.alt
              ? "changed"
              : "same";
    return { key, before: was, after: is, change };
  });
}

function changeBetween(before: string | undefined, after: string | undefined): Change {
  const was = before ?? "";
  const is = after ?? "";
  if (was === is) return "same";
  if (was === "") return "added";
  return is === "" ? "removed" : "changed";
}
