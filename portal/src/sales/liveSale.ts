import { $api } from "../api/client";
import type { RevisionContent, Sale } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { countryName } from "../format/reference";
import { formatMoney } from "../format/money";
import { formatCount } from "../format/numbers";
import { formatDuration, formatZoned } from "../format/time";
import { plural } from "../format/text";
import { kindName } from "./saleFormValues";
import { modeName, shipWindow, slotDates, wasPublished } from "./saleState";

const pollMs = 30_000;

/**
 * What shoppers see of a sale. `sale` itself has the values of its draft.
 * `content` is null for a sale that was never published, for a role that may not read revisions, and
 * while it loads.
 */
export function useLiveContent(sale: Sale | undefined): {
  content: RevisionContent | null;
  pending: boolean;
} {
  const mayRead = useHasRole(
    "owner",
    "editor",
    "admin",
    "manager",
    "marketing",
    "support",
    "finance",
  );
  const path = { tenant: sale?.tenant.id ?? "", sale: sale?.id ?? "" };
  const enabled = mayRead && sale !== undefined && wasPublished(sale);
  const revisions = $api.useQuery(
    "get",
    "/providers/{tenant}/sales/{sale}/revisions",
    { params: { path } },
    { enabled, refetchInterval: pollMs },
  );
  const approved = revisions.data?.items
    .filter(({ state }) => state === "approved")
    .reduce<{ id: string; number: number } | null>(
      (newest, revision) => (newest && newest.number > revision.number ? newest : revision),
      null,
    );
  const review = $api.useQuery(
    "get",
    "/providers/{tenant}/sales/{sale}/revisions/{revision}",
    { params: { path: { ...path, revision: approved?.id ?? "" } } },
    { enabled: enabled && approved != null },
  );
  return {
    content: review.data?.revision.content ?? null,
    pending: enabled && (revisions.isLoading || review.isLoading),
  };
}

/** The sale with the approved terms instead of those of its draft. */
export function liveSale(sale: Sale, content: RevisionContent): Sale {
  const { currency } = content;
  return {
    ...sale,
    title: content.title,
    mode: content.mode,
    kind: content.kind,
    starts_at: content.starts_at,
    ends_at: content.ends_at,
    hold_seconds: content.hold_seconds,
    waitlist_offer_seconds: content.waitlist_offer_seconds,
    registered_only: content.registered_only,
    registration_opens_at: content.registration_opens_at ?? null,
    registration_closes_at: content.registration_closes_at ?? null,
    redirect_url: content.redirect_url ?? null,
    sold_out_at_guarantee: content.sold_out_at_guarantee,
    countries: content.countries,
    target_quantity: content.target_quantity ?? null,
    when_target_missed: content.when_target_missed ?? null,
    ship_min_days: content.ship_min_days ?? null,
    ship_max_days: content.ship_max_days ?? null,
    voucher_valid_days: content.voucher_valid_days ?? null,
    items: content.items.map((item) => {
      const known = sale.items.find(({ id }) => id === item.sale_item_id);
      return {
        id: item.sale_item_id,
        item_id: item.item_id,
        sku: item.sku,
        name: item.name,
        price: { amount: item.price_minor, currency },
        compare_at:
          item.compare_at_minor == null ? null : { amount: item.compare_at_minor, currency },
        capacity: item.capacity,
        limit_per_shopper: item.limit_per_shopper,
        slot_starts_on: item.slot_starts_on ?? null,
        slot_ends_on: item.slot_ends_on ?? null,
        evidence: item.evidence,
        deposit_minor: item.deposit_minor ?? null,
        rest_due_on: item.rest_due_on ?? null,
        deposit_refundable: item.deposit_refundable,
        stock: known?.stock ?? null,
        verified_quantity: known?.verified_quantity ?? null,
      };
    }),
  };
}

export interface Term {
  label: string;
  value: string;
}

/** The terms of a sale, for the reader. Those that do not apply have an empty value. */
export function termsOf(sale: Sale): Term[] {
  const hosted = sale.mode === "hosted";
  const registration = sale.registration_opens_at != null;
  const when = (at: string | null | undefined) => (at ? formatZoned(at) : "");
  return [
    { label: "Type", value: kindName(sale.kind) },
    {
      label: "Target",
      value: sale.target_quantity == null ? "" : formatCount(sale.target_quantity),
    },
    {
      label: "Below its target",
      value: sale.when_target_missed === "refund" ? "Everyone is refunded" : "",
    },
    { label: "Ships", value: shipWindow(sale) ?? "" },
    {
      label: "Voucher valid for",
      value: sale.voucher_valid_days == null ? "" : plural(sale.voucher_valid_days, "day"),
    },
    { label: "Payment", value: modeName(sale.mode) },
    { label: "Redirect URL", value: sale.redirect_url ?? "" },
    { label: "Starts", value: formatZoned(sale.starts_at) },
    { label: "Ends", value: formatZoned(sale.ends_at) },
    { label: "Hold time", value: hosted ? formatDuration(sale.hold_seconds) : "" },
    { label: "Waitlist offer", value: hosted ? formatDuration(sale.waitlist_offer_seconds) : "" },
    { label: "Registration opens", value: when(sale.registration_opens_at) },
    { label: "Registration closes", value: when(sale.registration_closes_at) },
    {
      label: "Who can buy",
      value: registration ? (sale.registered_only ? "Registered shoppers only" : "Everyone") : "",
    },
    { label: "Countries", value: countryNames(sale.countries) },
  ];
}

/** "Austria, Germany"; a sale without countries is open to all of them. */
export function countryNames(countries: string[]): string {
  return countries.length === 0 ? "Every country" : countries.map(countryName).join(", ");
}

export interface TermChange {
  label: string;
  live: string;
  draft: string;
}

/** What differs between what shoppers see and the draft. */
export function draftChanges(live: Sale, draft: Sale): TermChange[] {
  const [before, after] = [allTerms(live), allTerms(draft)];
  const labels = [...new Set([...before.keys(), ...after.keys()])];
  return labels
    .map((label) => ({
      label,
      live: before.get(label) ?? "",
      draft: after.get(label) ?? "",
    }))
    .filter(({ live: was, draft: is }) => was !== is);
}

function allTerms(sale: Sale): Map<string, string> {
  const items = sale.items.flatMap((item) => {
    const name = [item.name, slotDates(item)].filter(Boolean).join(", ");
    return [
      { label: `${name}: price`, value: formatMoney(item.price) },
      {
        label: `${name}: regular price`,
        value: item.compare_at ? formatMoney(item.compare_at) : "",
      },
      { label: `${name}: capacity`, value: formatCount(item.capacity) },
      { label: `${name}: limit per shopper`, value: formatCount(item.limit_per_shopper) },
    ];
  });
  return new Map(
    [{ label: "Title", value: sale.title }, ...termsOf(sale), ...items].map(({ label, value }) => [
      label,
      value,
    ]),
  );
}
