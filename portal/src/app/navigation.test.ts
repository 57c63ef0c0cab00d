import { describe, expect, it } from "vitest";
import type { Me, Role, TenantRef } from "../api/types";
import { landingPath, navigationFor } from "./navigation";
import { workspacesOf, type Workspace } from "./workspace";

const oak: TenantRef = { id: "t1", slug: "oak", name: "Oak & Sons", state: "approved" };
const clay: TenantRef = { id: "t2", slug: "clay", name: "Clay", state: "invited" };

function meWith(...roles: Me["roles"]): Me {
  return { account: { id: "a", email: "a@example.com", name: "A", is_verified: true }, roles };
}

function only(...roles: Me["roles"]): Workspace {
  const [workspace] = workspacesOf(meWith(...roles));
  if (!workspace) throw new Error("no workspace");
  return workspace;
}

const labels = (workspace: Workspace) =>
  navigationFor(workspace).flatMap((group) => group.items.map(({ label }) => label));

describe("workspaces", () => {
  it("groups an account's roles by workspace", () => {
    const found = workspacesOf(
      meWith(
        { role: "owner", tenant: oak },
        { role: "manager" },
        { role: "fulfilment", tenant: oak },
        { role: "analyst", tenant: clay },
        { role: "support" },
      ),
    );
    expect(found.map(({ base, roles }) => [base, roles])).toEqual([
      ["/smp", ["manager", "support"]],
      ["/p/oak", ["owner", "fulfilment"]],
      ["/p/clay", ["analyst"]],
    ]);
  });

  it("finds none for a shopper", () => {
    expect(workspacesOf(meWith())).toEqual([]);
  });

  it("ignores unknown roles", () => {
    expect(workspacesOf(meWith({ role: "gardener" }, { role: "gardener", tenant: oak }))).toEqual(
      [],
    );
  });
});

describe("landing", () => {
  it.each<[Role, string]>([
    ["admin", "/smp/overview"],
    ["manager", "/smp/reviews"],
    ["marketing", "/smp/overview"],
    ["support", "/smp/conversations"],
    ["finance", "/smp/overview"],
  ])("%s lands on %s", (role, path) => {
    expect(landingPath(only({ role }))).toBe(path);
  });

  it.each<[Role, string]>([
    ["owner", "/p/oak/overview"],
    ["editor", "/p/oak/sales"],
    ["fulfilment", "/p/oak/parcels?state=to_ship"],
    ["analyst", "/p/oak/statistics"],
    ["cashier", "/p/oak/vouchers"],
  ])("%s lands on %s", (role, path) => {
    expect(landingPath(only({ role, tenant: oak }))).toBe(path);
  });

  it("sends the owner of an invited provider to the application", () => {
    expect(landingPath(only({ role: "owner", tenant: clay }))).toBe("/p/clay/application");
  });
});

describe("navigation", () => {
  it("shows each role only the areas it may open", () => {
    expect(labels(only({ role: "fulfilment", tenant: oak }))).toEqual([
      "Overview",
      "Parcels",
      "Vouchers",
    ]);
    expect(labels(only({ role: "cashier", tenant: oak }))).toEqual(["Overview", "Vouchers"]);
    expect(labels(only({ role: "editor", tenant: oak }))).toEqual([
      "Overview",
      "Sales",
      "Offers",
      "Assets",
      "Statistics",
    ]);
    expect(labels(only({ role: "finance" }))).toEqual([
      "Overview",
      "Sales",
      "Statistics",
      "Providers",
      "Payouts",
      "Statements",
      "Orders",
      "Payments",
      "Refunds that failed",
      "Disputes",
      "Commission",
      "Reconciliation",
    ]);
    expect(labels(only({ role: "marketing" }))).toEqual([
      "Overview",
      "Sales",
      "Statistics",
      "Feedback",
    ]);
  });

  it("combines the roles in one workspace", () => {
    expect(
      labels(only({ role: "fulfilment", tenant: oak }, { role: "analyst", tenant: oak })),
    ).toEqual([
      "Overview",
      "Sales",
      "Parcels",
      "Vouchers",
      "Conversions",
      "Reports received",
      "Statistics",
    ]);
  });

  it("shows the application to the owners of any provider: requirements may expire", () => {
    expect(labels(only({ role: "owner", tenant: clay }))).toContain("Application");
    expect(labels(only({ role: "owner", tenant: oak }))).toContain("Application");
  });

  it("shows SMP’s team to administrators alone", () => {
    expect(labels(only({ role: "admin" }))).toContain("Team");
    expect(labels(only({ role: "manager" }))).not.toContain("Team");
  });

  it("shows the vetting to managers alone", () => {
    expect(labels(only({ role: "manager" }))).toEqual(
      expect.arrayContaining(["Providers", "Vetting", "Leads", "Requirements"]),
    );
    expect(labels(only({ role: "support" }))).not.toContain("Vetting");
  });
});
