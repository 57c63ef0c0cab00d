import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { createMemoryRouter, RouterProvider, type RouteObject } from "react-router";
import { vi } from "vitest";
import { queryClient } from "../api/client";
import type { Me, Provider, Role, Sale } from "../api/types";
import { ProviderTeamOnly, SignedIn, StaffOnly } from "../app/SignedIn";
import { reference } from "./reference";

export const tenant = { id: "t1", slug: "oak", name: "Oak & Sons", state: "approved" } as const;

/** Mock API responses by method and path. A function is called with the request. */
export type Responses = Record<string, unknown>;

export class ProblemResponse {
  constructor(
    readonly status: number,
    readonly problem: object,
  ) {}
}

/** Mocks the API. Returns the requests sent to it, except GET requests. */
export function mockApi(responses: Responses): { path: string; body: unknown }[] {
  const sent: { path: string; body: unknown }[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const request = input as Request;
    const path = `${request.method} ${new URL(request.url).pathname.replace("/api/v1", "")}`;
    if (request.method !== "GET") sent.push({ path, body: await request.json().catch(() => null) });
    const found = responses[path];
    const answer: unknown =
      typeof found === "function" ? (found as (request: Request) => unknown)(request) : found;
    if (answer instanceof ProblemResponse)
      return Response.json(answer.problem, { status: answer.status });
    if (answer === undefined)
      return Response.json({ title: "Not Found", detail: `Nothing at ${path}` }, { status: 404 });
    return answer === null ? new Response(null, { status: 204 }) : Response.json(answer);
  });
  return sent;
}

/**
 * Renders portal pages for a role of SMP's team or, below /p/, of a provider's team. Returns the
 * requests sent.
 */
export function renderPortal(
  role: Role,
  path: string,
  pages: RouteObject[],
  responses: Responses,
): { path: string; body: unknown }[] {
  const ofProvider = path.startsWith("/p/");
  const me: Me = {
    account: { id: "a", email: "a@example.com", name: "A", is_verified: true },
    roles: [ofProvider ? { role, tenant } : { role }],
  };
  queryClient.clear();
  const sent = mockApi({ "GET /me": me, "GET /reference": reference, ...responses });
  const router = createMemoryRouter(
    [
      {
        Component: SignedIn,
        children: [
          { path: "/smp", Component: StaffOnly, children: pages },
          { path: "/p/:provider", Component: ProviderTeamOnly, children: pages },
        ],
      },
    ],
    { initialEntries: [path] },
  );
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queryClient}>
        <ModalsProvider>
          <RouterProvider router={router} />
        </ModalsProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return sent;
}

export function saleWith(parts: Partial<Sale> = {}): Sale {
  return {
    id: "s1",
    tenant: { id: tenant.id, slug: tenant.slug, name: tenant.name },
    slug: "oak-bowls",
    title: "Oak bowls",
    offer_id: "o1",
    mode: "hosted",
    kind: "while_supplies_last",
    state: "approved",
    phase: "live",
    starts_at: "2026-11-20T09:00:00Z",
    ends_at: "2099-11-22T09:00:00Z",
    hold_seconds: 600,
    registered_only: false,
    waitlist_offer_seconds: 600,
    countries: ["DE"],
    sold_out_at_guarantee: false,
    featured: false,
    items: [
      {
        id: "i1",
        item_id: "x1",
        sku: "OAK-S",
        name: "Small",
        price: { amount: 4900, currency: "EUR" },
        capacity: 40,
        limit_per_shopper: 2,
        deposit_refundable: false,
        evidence: "",
        stock: { capacity: 40, held: 3, sold: 37 },
      },
    ],
    halted_by_provider: false,
    has_unsubmitted_changes: false,
    in_review: false,
    can_be_deleted: false,
    page_url: "http://localhost/sales/oak-bowls",
    contract: "in_force",
    payouts_ready: true,
    version: 1,
    created_at: "2026-11-01T09:00:00Z",
    updated_at: "2026-11-01T09:00:00Z",
    ...parts,
  };
}

export function providerWith(parts: Partial<Provider> = {}): Provider {
  return {
    id: tenant.id,
    slug: tenant.slug,
    name: tenant.name,
    state: "approved",
    country: "DE",
    product_category: "Homeware",
    about: "Bowls.",
    regions: ["DE"],
    cart_origins: [],
    version: 1,
    created_at: "2026-11-01T09:00:00Z",
    ...parts,
  };
}
