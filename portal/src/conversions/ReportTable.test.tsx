import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderPortal, tenant } from "../testing/portal";
import { ReportsPage } from "./ReportsPage";

it("shows what was sent of a postback that cannot be read", async () => {
  const report = {
    id: "r1",
    kind: "purchase",
    reference: "A-1",
    own_reference: "",
    channel: "api_key",
    standing: "unreadable",
    problem: "currency: Is required",
    fields: {},
    request: {
      body: '{"reference": "A-1"}',
      body_bytes: 20,
      content_type: "application/json",
      user_agent: "cart/2.1",
    },
    received_at: "2026-11-20T09:00:00Z",
    received: 3,
    test: false,
  };
  const asked: string[] = [];
  const pages = [{ path: "reports", Component: ReportsPage }];
  renderPortal("analyst", "/p/oak/reports?standing=unreadable", pages, {
    [`GET /providers/${tenant.id}/reports`]: (request: Request) => {
      asked.push(new URL(request.url).search);
      return { items: [report], next_cursor: null };
    },
  });
  await screen.findByText("currency: Is required");
  screen.getByText('{"reference": "A-1"}');
  screen.getByText("20 bytes as application/json, by cart/2.1");
  screen.getByText("3 times");
  expect(asked[0]).toContain("standing=unreadable");
});
