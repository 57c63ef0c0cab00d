import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Members } from "../api/types";
import { renderPortal, providerWith } from "../testing/portal";
import { ProviderTeam } from "./ProviderTeam";

const at = "2026-11-20T10:00:00Z";
const invited = {
  id: "i1",
  email: "nora@atelier.example",
  role: "owner",
  created_at: at,
  expires_at: at,
} satisfies Members["invitations"][number];
const owner = {
  account_id: "a1",
  name: "Nora",
  email: invited.email,
  role: "owner",
  state: "active",
  created_at: at,
} satisfies Members["items"][number];

function show(members: Members) {
  const Page = () => <ProviderTeam provider={providerWith({ state: "invited" })} mayInvite />;
  return renderPortal("manager", "/smp/team", [{ path: "team", Component: Page }], {
    "GET /providers/t1/members": members,
    "POST /providers/t1/owner-invitation": { ...invited, email: "nora@studio.example" },
    "POST /providers/t1/invitations/i1/resend": invited,
    "DELETE /providers/t1/invitations/i1": null,
  });
}

afterEach(() => vi.restoreAllMocks());

it("can invite the owner again while the invitation is open", async () => {
  const sent = show({ items: [], invitations: [invited] });
  const email = await screen.findByLabelText<HTMLInputElement>("Owner’s email");
  expect(email.value).toBe(invited.email);
  await userEvent.clear(email);
  await userEvent.click(screen.getByRole("button", { name: "Invite again" }));
  await screen.findByText("Enter the owner’s email address.");
  await userEvent.type(email, "nora@studio.example");
  await userEvent.click(screen.getByRole("button", { name: "Invite again" }));
  await waitFor(() =>
    expect(sent).toEqual([
      { path: "POST /providers/t1/owner-invitation", body: { email: "nora@studio.example" } },
    ]),
  );
});

it("offers no owner invitation once there is an owner", async () => {
  show({ items: [owner], invitations: [] });
  await screen.findByText("Nora");
  expect(screen.queryByRole("button", { name: "Invite again" })).toBeNull();
});

it("sends an invitation again, and revokes it after a question", async () => {
  const sent = show({ items: [], invitations: [invited] });
  const user = userEvent.setup();
  const of = invited.email;
  await user.click(
    await screen.findByRole("button", { name: `Send the invitation of ${of} again` }),
  );
  await waitFor(() => expect(sent).toHaveLength(1));
  await user.click(screen.getByRole("button", { name: `Revoke the invitation of ${of}` }));
  const dialog = await screen.findByRole("dialog");
  expect(sent).toHaveLength(1);
  await user.click(within(dialog).getByRole("button", { name: "Revoke" }));
  await waitFor(() =>
    expect(sent.map(({ path }) => path)).toEqual([
      "POST /providers/t1/invitations/i1/resend",
      "DELETE /providers/t1/invitations/i1",
    ]),
  );
});
