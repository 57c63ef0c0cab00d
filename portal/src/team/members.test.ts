import { expect, it } from "vitest";
import type { Member } from "../api/types";
import { membersOf } from "./members";

const entry = (id: string, role: Member["role"], created_at: string): Member => ({
  account_id: id,
  name: id,
  email: `${id}@oak.example`,
  role,
  state: "active",
  created_at,
});

it("gathers the roles of each person, the weightiest first, since the earliest", () => {
  const people = membersOf([
    entry("ada", "analyst", "2026-11-03T09:00:00Z"),
    entry("eve", "editor", "2026-11-02T09:00:00Z"),
    entry("ada", "owner", "2026-11-01T09:00:00Z"),
  ]);
  expect(people.map(({ account_id, roles, since }) => [account_id, roles, since])).toEqual([
    ["ada", ["owner", "analyst"], "2026-11-01T09:00:00Z"],
    ["eve", ["editor"], "2026-11-02T09:00:00Z"],
  ]);
});
