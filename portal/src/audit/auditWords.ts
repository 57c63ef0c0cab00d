import type { AuditEntry, Role } from "../api/types";
import { stateLabel } from "../components/states";
import { countryName } from "../format/reference";
import { formatMoney } from "../format/money";
import { formatBytes, formatCount } from "../format/numbers";
import { humanize, isRole, roleName } from "../format/text";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What an entry is about. `page` is the path of its page below /smp, if it has one. */
export interface AuditSubject {
  kind: string;
  /** Its own name, if the entry has one. */
  name: string | null;
  page: string | null;
  /** The sale it is, whose title the entry may not have. */
  saleId: string | null;
}

/** "sale 0190…" of an entry, as something a reader can recognise and open. */
export function auditSubject({ subject, tenant_id, details }: AuditEntry): AuditSubject {
  const space = subject.lastIndexOf(" ");
  const kind = space < 0 ? subject : subject.slice(0, space);
  const key = space < 0 ? "" : subject.slice(space + 1);
  const fields = recordOf(details);
  const named = ["title", "name", "filename", "reference", "email"]
    .map((field) => fields[field])
    .find((value) => typeof value === "string" && value !== "");
  const name = typeof named === "string" ? named : uuid.test(key) || key === "" ? null : key;
  const tenant = tenant_id ?? "";
  if (kind === "sale") return { kind: "Sale", name, page: `/sales/${tenant}/${key}`, saleId: key };
  if (kind === "provider")
    return { kind: "Provider", name, page: `/providers/${tenant}`, saleId: null };
  if (kind === "order") return { kind: "Order", name: key, page: `/orders/${key}`, saleId: null };
  if (kind === "conversation")
    return { kind: "Conversation", name: null, page: `/conversations/${key}`, saleId: null };
  if (kind === "requirement")
    return {
      kind: "Requirement",
      name: humanize(key),
      page: `/providers/${tenant}`,
      saleId: null,
    };
  return { kind: humanize(kind), name, page: null, saleId: null };
}

/** Fields whose value is shown elsewhere in the row, or tells a reader nothing. */
const leftOut = new Set(["title", "name", "filename", "content_hash", "kind"]);
const fieldNames: Record<string, string> = {
  alt: "Description",
  cart_origins: "Cart addresses",
  before: "Moved",
  size_bytes: "Size",
  owner_email: "Owner",
};

/** The details of an entry in words: "Decision: Approved. Reason: All fine." */
export function auditDetails(details: unknown): string {
  const fields = recordOf(details);
  const money = amountOf(fields);
  return [
    ...(money === null ? [] : [`Amount: ${money}`]),
    ...Object.entries(fields)
      .filter(([field]) => !leftOut.has(field) && field !== "amount_minor" && field !== "currency")
      .map(([field, value]) => [fieldNames[field] ?? humanize(field), valueText(field, value)])
      .filter(([, text]) => text !== "")
      .map(([label, text]) => `${label}: ${text}`),
  ].join(". ");
}

function valueText(field: string, value: unknown): string {
  if (value == null || value === "") return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number")
    return field === "size_bytes" ? formatBytes(value) : formatCount(value);
  if (typeof value === "string") return wordOf(field, value);
  if (Array.isArray(value))
    return value
      .map((part) => valueText(field, part))
      .filter((text) => text !== "")
      .join(value.some((part) => typeof part === "object") ? "; " : ", ");
  const fields = recordOf(value);
  const name = typeof fields.name === "string" ? fields.name : "";
  const rest = Object.entries(fields)
    .filter(([key]) => key !== "name")
    .map(([key, part]) => [humanize(key).toLowerCase(), valueText(key, part)])
    .filter(([, text]) => text !== "")
    .map(([label, text]) => `${label} ${text}`)
    .join(", ");
  return [name, rest].filter(Boolean).join(": ");
}

function wordOf(field: string, value: string): string {
  if (uuid.test(value)) return "";
  if (field === "country" || field === "regions") return countryName(value);
  if (field === "role") return isRole(value) ? roleName(value satisfies Role) : value;
  if (field === "decision" || field === "state") return stateLabel(value);
  return field === "placement" ? humanize(value) : value;
}

function amountOf({ amount_minor: amount, currency }: Record<string, unknown>): string | null {
  return typeof amount === "number" && typeof currency === "string"
    ? formatMoney({ amount, currency })
    : null;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
