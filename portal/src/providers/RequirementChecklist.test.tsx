import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Provider, Requirement } from "../api/types";
import { renderPortal, providerWith } from "../testing/portal";
import { RequirementChecklist, undecidableReason } from "./RequirementChecklist";

const requirement = (code: string, title: string, state: Requirement["state"]): Requirement => ({
  code,
  title,
  instructions: "",
  method: "review",
  in_application: true,
  waivable: true,
  state,
  evidence: "HRB 1",
  note: "",
  history: [],
});

function show(provider: Provider, requirements: Requirement[]) {
  const Page = () => <RequirementChecklist provider={provider} mayDecide />;
  return renderPortal("manager", "/smp/vetting", [{ path: "vetting", Component: Page }], {
    "GET /providers/t1/requirements": { items: requirements },
    "PUT /providers/t1/requirements/references": null,
  });
}

afterEach(() => vi.restoreAllMocks());

it("lets a manager decide a requirement, and decide differently until the provider is decided on", async () => {
  show(providerWith({ state: "under_review" }), [
    requirement("business_registration", "Business registration", "submitted"),
    requirement("references", "References", "refused"),
  ]);
  const [open, rejected] = await screen.findAllByRole("listitem");
  within(open as HTMLElement).getByRole("button", { name: "Reject: Business registration" });
  within(rejected as HTMLElement).getByRole("button", { name: "Accept: References" });
  expect(
    within(rejected as HTMLElement).queryByRole("button", { name: "Reject: References" }),
  ).toBeNull();
});

it("asks before a decision, and says how long it can be changed", async () => {
  const sent = show(providerWith({ state: "under_review" }), [
    requirement("references", "References", "submitted"),
  ]);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Accept: References" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog.textContent).toContain("You can decide differently until you approve or reject");
  expect(sent).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "Accept" }));
  await waitFor(() =>
    expect(sent).toEqual([
      { path: "PUT /providers/t1/requirements/references", body: { decision: "met", note: "" } },
    ]),
  );
});

it.each<[Requirement["state"], Provider["state"], boolean]>([
  ["submitted", "under_review", true],
  ["submitted", "suspended", true],
  ["expired", "approved", true],
  ["submitted", "applied", false],
  ["open", "invited", false],
  ["met", "under_review", true],
  ["waived", "under_review", true],
  ["met", "approved", false],
  ["refused", "rejected", false],
])(
  "a requirement that is %s, of a provider that is %s, can be decided: %s",
  (state, provider, can) => {
    expect(undecidableReason(state, provider) === null).toBe(can);
  },
);

it("offers no waiver where SMP defined none, and only a waiver without an answer", async () => {
  show(providerWith({ state: "under_review" }), [
    { ...requirement("insurance", "Insurance", "submitted"), waivable: false },
    requirement("terms", "Terms", "open"),
  ]);
  const [fixed, open] = await screen.findAllByRole("listitem");
  const names = (item: HTMLElement | undefined) =>
    within(item as HTMLElement)
      .getAllByRole("button")
      .map((button) => button.getAttribute("aria-label"));
  expect(names(fixed)).toEqual(["Accept: Insurance", "Reject: Insurance"]);
  expect(names(open)).toEqual(["Waive: Terms"]);
});
