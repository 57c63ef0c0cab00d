import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Application, Requirement } from "../api/types";
import { providerWith, renderPortal } from "../testing/portal";
import { ApplicationPage } from "./ApplicationPage";
import { isAnswerable } from "./RequirementAnswers";

const draft: Application = {
  registration_number: "HRB 1",
  provider_state: "invited",
  open: true,
  missing: [{ field: "about", message: "Write a few sentences about your business" }],
  waiting_for: "provider",
  version: 2,
};

const terms: Requirement = {
  code: "terms",
  title: "Terms of delivery",
  instructions: "Read them.",
  method: "attest",
  in_application: false,
  waivable: false,
  state: "open",
  evidence: "",
  note: "",
  history: [],
};

function show(application: Application, requirements: Requirement[]) {
  return renderPortal(
    "owner",
    "/p/oak/application",
    [{ path: "application", Component: ApplicationPage }],
    {
      "GET /providers/t1": providerWith({ state: application.provider_state }),
      "GET /providers/t1/application": application,
      "PATCH /providers/t1/application": { ...application, version: 3 },
      "POST /providers/t1/application": { ...application, provider_state: "applied", open: false },
      "GET /providers/t1/requirements": { items: requirements },
      "POST /providers/t1/requirements/terms/answers": terms,
      "GET /providers/t1/vetting-comments": { items: [] },
    },
  );
}

afterEach(() => vi.restoreAllMocks());

it("saves what is there, says what is missing, and is not sent before it is complete", async () => {
  const sent = show(draft, []);
  const user = userEvent.setup();
  await screen.findByText("Still missing: 1");
  screen.getByText("Write a few sentences about your business");
  const send = screen.getByRole<HTMLButtonElement>("button", { name: "Send application" });
  expect(send.disabled).toBe(true);
  await user.type(screen.getByLabelText("Units a month"), "40");
  await user.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.body).toMatchObject({
    registration_number: "HRB 1",
    about: "",
    selling_mode: null,
    monthly_units: 40,
    monthly_revenue: null,
  });
});

it("sends a complete application", async () => {
  const sent = show({ ...draft, missing: [] }, []);
  await userEvent.click(await screen.findByRole("button", { name: "Send application" }));
  await waitFor(() =>
    expect(sent.map(({ path }) => path)).toEqual(["POST /providers/t1/application"]),
  );
});

it("asks for a tick and a name before it sends a confirmation", async () => {
  const sent = show(draft, [terms]);
  const user = userEvent.setup();
  const form = within(await screen.findByRole("form", { name: "Answer: Terms of delivery" }));
  await user.click(form.getByRole("button"));
  await form.findByText("Tick this to confirm it.");
  expect(sent).toEqual([]);
  await user.click(form.getByRole("checkbox"));
  await user.type(form.getByLabelText("Your name"), "Nora Nord");
  await user.click(form.getByRole("button"));
  await waitFor(() =>
    expect(sent).toEqual([
      {
        path: "POST /providers/t1/requirements/terms/answers",
        body: { attested: true, attested_name: "Nora Nord" },
      },
    ]),
  );
});

it("shows why an answer was not accepted, and offers another", async () => {
  show({ ...draft, provider_state: "under_review", open: false, missing: [] }, [
    { ...terms, state: "refused", note: "Sign with your full name." },
  ]);
  await screen.findByText("Sign with your full name.");
  screen.getByRole("form", { name: "Answer: Terms of delivery" });
  expect(screen.queryByRole("button", { name: "Send application" })).toBeNull();
});

it.each<[Partial<Requirement>, boolean]>([
  [{ state: "open" }, true],
  [{ state: "open", in_application: true }, false],
  [{ state: "refused", in_application: true }, true],
  [{ state: "met" }, false],
  [{ state: "met", expires_at: "2026-12-20T00:00:00Z" }, true],
  [{ state: "met", expires_at: "2027-01-20T00:00:00Z" }, false],
  [{ state: "expired" }, true],
])("a requirement with %o can be answered: %s", (parts, can) => {
  expect(isAnswerable({ ...terms, ...parts }, Date.parse("2026-12-01T00:00:00Z"))).toBe(can);
});
