import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Provider, Requirement } from "../api/types";
import { renderPortal, providerWith } from "../testing/portal";
import { RequirementChecklist, undecidableReason } from "./RequirementChecklist";

const requirement = (kind: Requirement["kind"], state: Requirement["state"]): Requirement => ({
  kind,
  state,
  evidence: "HRB 1",
  note: "",
});

function show(provider: Provider, requirements: Requirement[]) {
  const Page = () => <RequirementChecklist provider={provider} mayDecide />;
  return renderPortal("manager", "/smp/vetting", [{ path: "vetting", Component: Page }], {
    "GET /providers/t1/requirements": { items: requirements },
    "PUT /providers/t1/requirements/references": null,
  });
}

afterEach(() => vi.restoreAllMocks());

it("lets a manager decide a submitted requirement, but not a rejected one", async () => {
  show(providerWith({ state: "under_review" }), [
    requirement("business_registration", "submitted"),
    requirement("references", "refused"),
  ]);
  const [open, rejected] = await screen.findAllByRole("listitem");
  within(open as HTMLElement).getByRole("button", { name: "Reject: Business registration" });
  expect(within(rejected as HTMLElement).queryAllByRole("button")).toEqual([]);
  within(rejected as HTMLElement).getByText(
    "A rejected requirement is final. Reject the provider and give a reason.",
  );
});

it("asks before a decision, because it is final", async () => {
  const sent = show(providerWith({ state: "under_review" }), [
    requirement("references", "submitted"),
  ]);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Accept: References" }));
  const dialog = await screen.findByRole("dialog");
  expect(dialog.textContent).toContain("A decision cannot be changed.");
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
  ["submitted", "suspended", false],
  ["open", "invited", false],
  ["met", "under_review", false],
  ["waived", "under_review", false],
  ["refused", "rejected", false],
])(
  "a requirement that is %s, of a provider that is %s, can be decided: %s",
  (state, provider, can) => {
    expect(undecidableReason(state, provider) === null).toBe(can);
  },
);
