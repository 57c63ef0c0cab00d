import { beforeEach, describe, expect, it } from "vitest";
import type { AuditEntry } from "../api/types";
import { setReference } from "../format/reference";
import { reference } from "../testing/reference";
import { auditDetails, auditSubject } from "./auditWords";

const id = "0190c3a1-1111-7222-8333-444455556666";
const entry = (subject: string, details: unknown): AuditEntry => ({
  id: "a",
  actor: "account",
  action: "x",
  subject,
  details,
  tenant_id: "t1",
  created_at: "2026-11-28T10:00:00Z",
});

beforeEach(() => setReference(reference));

describe("the subject of an audit entry", () => {
  it.each([
    [`sale ${id}`, { title: "Oak bowls" }, "Sale", "Oak bowls", `/sales/t1/${id}`],
    [`sale ${id}`, { reason: "Cracked." }, "Sale", null, `/sales/t1/${id}`],
    ["order SMP-100021", { reason: "Late." }, "Order", "SMP-100021", "/orders/SMP-100021"],
    ["provider oak", { decision: "approved" }, "Provider", "oak", "/providers/t1"],
    ["requirement regions", {}, "Requirement", "Regions", "/providers/t1"],
    [`asset ${id}`, { filename: "bowl.jpg" }, "Asset", "bowl.jpg", null],
    [`waitlist entry ${id}`, {}, "Waitlist entry", null, null],
    [`api_key ${id}`, { name: "Our shop" }, "Api key", "Our shop", null],
    ["member a@example.com", {}, "Member", "a@example.com", null],
  ])("%s %j is a %s named %s at %s", (subject, details, kind, name, page) => {
    expect(auditSubject(entry(subject, details))).toMatchObject({ kind, name, page });
  });
});

describe("the details of an audit entry", () => {
  it.each<[unknown, string]>([
    [null, ""],
    [{ title: "Oak bowls" }, ""],
    [
      { revision: id, decision: "approved", reason: "", content_hash: "ab12" },
      "Decision: Approved",
    ],
    [
      { refund_id: id, amount_minor: 4900, currency: "EUR", reason: "Late." },
      "Amount: €49.00. Reason: Late.",
    ],
    [{ featured: true }, "Featured: yes"],
    [{ regions: ["DE", "LI"] }, "Regions: Germany, Liechtenstein"],
    [{ account_id: id, role: "fulfilment" }, "Role: Fulfilment"],
    [
      {
        sale_id: id,
        items: [{ sale_item_id: id, name: "Small", capacity: 40, verified_quantity: 42 }],
      },
      "Items: Small: capacity 40, verified quantity 42",
    ],
    [
      { content_type: "image/jpeg", size_bytes: 2_516_582 },
      "Content type: image/jpeg. Size: 2.4 MB",
    ],
  ])("%j reads as words", (details, text) => {
    expect(auditDetails(details)).toBe(text);
  });
});
