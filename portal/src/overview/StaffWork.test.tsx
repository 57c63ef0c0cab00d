import { screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Role } from "../api/types";
import { ProblemResponse, renderPortal, type Responses } from "../testing/portal";
import { StaffWork } from "./StaffWork";

afterEach(() => vi.restoreAllMocks());

const empty = { items: [] };

function render(role: Role, responses: Responses) {
  renderPortal(role, "/smp/overview", [{ path: "overview", Component: StaffWork }], responses);
}

it("shows finance what waits for it, with the pages where it is done", async () => {
  render("finance", {
    "GET /disputes": { items: [{ needs_response: true }, { needs_response: false }] },
    "GET /refunds/failed": { items: [{}, {}, {}], next_cursor: "more" },
    "GET /statements": empty,
    "GET /ledger-differences": new ProblemResponse(503, { title: "Unavailable" }),
  });
  const link = async (name: string) =>
    (await screen.findByRole("link", { name })).getAttribute("href");
  expect(await link("1")).toBe("/smp/disputes");
  expect(await link("3+")).toBe("/smp/failed-refunds");
  expect(await link("0")).toBe("/smp/statements?state=drafted");
  expect(await link("?")).toBe("/smp/reconciliation?state=open");
  expect(screen.queryByText("Reviews")).toBeNull();
});

it("shows marketing sales to come and fresh feedback, and no one else’s work", async () => {
  render("marketing", {
    "GET /sales-overview": { items: [{}] },
    "GET /feedback": {
      items: [{ created_at: new Date().toISOString() }, { created_at: "2020-01-01T00:00:00Z" }],
    },
  });
  await screen.findByText("Sales announced");
  await vi.waitFor(() => expect(screen.getAllByRole("link", { name: "1" })).toHaveLength(2));
  expect(screen.queryByText("Refunds that failed")).toBeNull();
});
