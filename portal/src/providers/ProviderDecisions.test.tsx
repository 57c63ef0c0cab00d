import { screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Requirement } from "../api/types";
import { renderPortal, providerWith } from "../testing/portal";
import { ProviderDecisions } from "./ProviderDecisions";

function show(state: Requirement["state"]) {
  const Page = () => <ProviderDecisions provider={providerWith({ state: "under_review" })} />;
  renderPortal("manager", "/smp/decide", [{ path: "decide", Component: Page }], {
    "GET /providers/t1/requirements": {
      items: [{ code: "references", state, evidence: "", note: "" }],
    },
  });
}

afterEach(() => vi.restoreAllMocks());

it("offers approval and rejection of a provider under review", async () => {
  show("met");
  await screen.findByRole("button", { name: "Approve provider" });
  screen.getByRole("button", { name: "Reject provider" });
});

it("offers no approval once a requirement is rejected", async () => {
  show("refused");
  await screen.findByRole("button", { name: "Reject provider" });
  await waitFor(() =>
    expect(screen.queryByRole("button", { name: "Approve provider" })).toBeNull(),
  );
});
