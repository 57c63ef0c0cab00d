import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Lead, RequirementDefinition } from "../api/types";
import { ProblemResponse, providerWith, renderPortal } from "../testing/portal";
import { audienceOf, DefinitionsPage } from "./DefinitionsPage";
import { LeadPage } from "./LeadPage";
import { VettingPage } from "./VettingPage";

const lead: Lead = {
  id: "l1",
  company: "Fenwick Weavers",
  contact_name: "Ide Fenwick",
  email: "ide@fenwick.example",
  country: "DE",
  product_category: "Textiles",
  source: "",
  notes: "",
  state: "new",
  version: 1,
  created_at: "2026-11-01T09:00:00Z",
};

const insurance: RequirementDefinition = {
  code: "insurance",
  version: 3,
  title: "Insurance",
  instructions: "",
  method: "document",
  selling_mode: "both",
  regions: [],
  categories: [],
  waivable: true,
  active: true,
  edited_at: "2026-11-01T09:00:00Z",
};

afterEach(() => vi.restoreAllMocks());

it("invites a lead under a slug made of its name", async () => {
  const pages = [
    { path: "leads/:lead", Component: LeadPage },
    { path: "providers/:tenant", Component: () => <p>Invited</p> },
  ];
  const sent = renderPortal("manager", "/smp/leads/l1", pages, {
    "GET /leads/l1": lead,
    "POST /leads/l1/invite": providerWith(),
  });
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Invite" }));
  await user.click(await screen.findByRole("button", { name: "Send invitation" }));
  await screen.findByText("Invited");
  expect(sent).toEqual([{ path: "POST /leads/l1/invite", body: { slug: "fenwick-weavers" } }]);
});

it("offers nothing but its provider for a lead that was invited", async () => {
  renderPortal("manager", "/smp/leads/l1", [{ path: "leads/:lead", Component: LeadPage }], {
    "GET /leads/l1": { ...lead, state: "applied", provider_id: "t1" },
  });
  await screen.findByRole("link", { name: "Open the provider" });
  expect(screen.queryByRole("button", { name: "Invite" })).toBeNull();
});

it("changes a requirement from the version that is shown", async () => {
  const pages = [{ path: "requirements", Component: DefinitionsPage }];
  const sent = renderPortal("manager", "/smp/requirements", pages, {
    "GET /requirement-definitions": { items: [insurance] },
    "PUT /requirement-definitions/insurance": (request: Request) => {
      expect(request.headers.get("If-Match")).toBe('"3"');
      return insurance;
    },
  });
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Change: Insurance" }));
  await user.type(await screen.findByLabelText(/^Valid for months/), "12");
  await user.click(screen.getByRole("button", { name: "Save requirement" }));
  await waitFor(() =>
    expect(sent[0]?.body).toMatchObject({ title: "Insurance", valid_months: 12 }),
  );
});

it("does not take an unreadable number for an empty one", async () => {
  const pages = [{ path: "requirements", Component: DefinitionsPage }];
  const sent = renderPortal("manager", "/smp/requirements", pages, {
    "GET /requirement-definitions": { items: [insurance] },
  });
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Change: Insurance" }));
  await user.type(await screen.findByLabelText(/^Valid for months/), "a year");
  await user.click(screen.getByRole("button", { name: "Save requirement" }));
  await screen.findByText(/Enter a whole number, such as 250/);
  expect(sent).toEqual([]);
});

it("shows an error in a new requirement at its field", async () => {
  const pages = [{ path: "requirements", Component: DefinitionsPage }];
  renderPortal("manager", "/smp/requirements", pages, {
    "GET /requirement-definitions": { items: [] },
    "POST /requirement-definitions": new ProblemResponse(422, {
      title: "Invalid values",
      errors: [{ field: "definition.title", message: "Use fewer characters." }],
    }),
  });
  const user = userEvent.setup();
  await screen.findByText("No requirements yet");
  await user.click(screen.getByRole("button", { name: "New requirement" }));
  await user.type(await screen.findByLabelText("Title"), "Insurance");
  await user.type(screen.getByLabelText("Code"), "insurance");
  await user.click(screen.getByRole("button", { name: "Save requirement" }));
  await screen.findByText("Use fewer characters.");
  expect(screen.getByLabelText("Title").getAttribute("aria-invalid")).toBe("true");
});

it("says in words whom a requirement applies to", () => {
  expect(audienceOf(insurance)).toBe("All providers");
  const some = { ...insurance, selling_mode: "hosted" as const, monthly_units_from: 500 };
  expect(audienceOf(some)).toBe("Providers who sell in SMP’s cart, from 500 units a month");
});

it("lists what waits for SMP", async () => {
  renderPortal("manager", "/smp/vetting", [{ path: "vetting", Component: VettingPage }], {
    "GET /vetting/queue": {
      items: [
        {
          provider_id: "t1",
          name: "Oak",
          waits_for: "answers",
          answers: 2,
          since: lead.created_at,
        },
      ],
      leads_due: 1,
    },
  });
  await screen.findByText("2 answers to check");
  screen.getByRole("link", { name: "1 lead to follow up" });
});
