import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { StaffMember } from "../api/types";
import { ProblemResponse, renderPortal, type Responses } from "../testing/portal";
import { StaffTeamPage } from "./StaffTeamPage";

afterEach(() => vi.restoreAllMocks());

const ines: StaffMember = {
  account_id: "a",
  name: "Ines Aalto",
  email: "ines@smp.example",
  roles: ["admin"],
  state: "active",
  since: "2026-11-01T09:00:00Z",
  last_seen_at: "2026-11-28T09:00:00Z",
};
const tomas: StaffMember = {
  account_id: "b",
  name: "Tomas Berg",
  email: "tomas@smp.example",
  roles: ["support"],
  state: "active",
  since: "2026-11-02T09:00:00Z",
};

function render(responses: Responses) {
  return renderPortal("admin", "/smp/team", [{ path: "team", Component: StaffTeamPage }], {
    "GET /staff": { items: [ines, tomas], invitations: [] },
    ...responses,
  });
}

const rowOf = async (name: string) => {
  const table = await screen.findByRole("table", { name: "Members" });
  const row = within(table)
    .getAllByRole("row")
    .find((found) => found.textContent.includes(name));
  if (!row) throw new Error(`no row of ${name}`);
  return within(row);
};

it("lists the team with roles, state and when each was last seen", async () => {
  render({});
  (await rowOf("Ines Aalto (you)")).getByText("Administrator");
  const second = await rowOf("Tomas Berg");
  second.getByText("Support");
  second.getByText("Active");
  second.getByText("Never");
  expect(screen.getAllByRole("columnheader").map((header) => header.textContent)).toEqual([
    "Name",
    "Roles",
    "State",
    "Since",
    "Last seen",
    "Action",
  ]);
});

it("invites nobody without an address and a role, and shows what the server refuses", async () => {
  const sent = render({
    "POST /staff/invitations": new ProblemResponse(409, {
      title: "Conflict",
      detail: "tomas@smp.example is on SMP's team already. Change their roles instead.",
      type: "urn:smp:already_member",
    }),
  });
  await userEvent.click(await screen.findByRole("button", { name: "Invite someone" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Send invitation" }));
  dialog.getByText("Enter an email address.");
  dialog.getByText("Choose at least one role.");
  expect(sent).toEqual([]);
  await userEvent.type(dialog.getByLabelText("Email"), "tomas@smp.example");
  await userEvent.click(dialog.getByLabelText("Manager"));
  await userEvent.click(dialog.getByLabelText("Finance"));
  await userEvent.click(dialog.getByRole("button", { name: "Send invitation" }));
  await dialog.findByText(/is on SMP's team already/);
  expect(sent).toEqual([
    {
      path: "POST /staff/invitations",
      body: { email: "tomas@smp.example", roles: ["manager", "finance"] },
    },
  ]);
});

it("changes roles, and says why the last administrator keeps theirs", async () => {
  const answers = [
    new ProblemResponse(409, {
      title: "Conflict",
      detail: "SMP's team needs an admin who is not suspended. Make someone else an admin first.",
      type: "urn:smp:last_admin",
    }),
    { ...ines, roles: ["admin", "manager"] },
  ];
  const sent = render({ "PUT /staff/members/a/roles": () => answers.shift() });
  const row = await rowOf("Ines Aalto");
  await userEvent.click(row.getByRole("button", { name: "Change the roles of Ines Aalto" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByLabelText("Administrator"));
  await userEvent.click(dialog.getByRole("button", { name: "Save roles" }));
  dialog.getByText("Choose at least one role, or remove the member.");
  await userEvent.click(dialog.getByLabelText("Manager"));
  await userEvent.click(dialog.getByRole("button", { name: "Save roles" }));
  await dialog.findByText(/needs an admin who is not suspended/);
  await userEvent.click(dialog.getByLabelText("Administrator"));
  await userEvent.click(dialog.getByRole("button", { name: "Save roles" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(sent.map(({ body }) => body)).toEqual([
    { roles: ["manager"] },
    { roles: ["admin", "manager"] },
  ]);
});

it("asks before it suspends, and resumes who is suspended", async () => {
  let state = "active";
  const sent = render({
    "GET /staff": () => ({ items: [ines, { ...tomas, state }], invitations: [] }),
    "POST /staff/members/b/suspend": () => {
      state = "suspended";
      return { ...tomas, state };
    },
    "POST /staff/members/b/resume": () => {
      state = "active";
      return { ...tomas, state };
    },
  });
  await userEvent.click(
    (await rowOf("Tomas Berg")).getByRole("button", { name: "Suspend Tomas Berg" }),
  );
  expect(sent).toEqual([]);
  await userEvent.click(await screen.findByRole("button", { name: "Suspend" }));
  await userEvent.click(await screen.findByRole("button", { name: "Resume Tomas Berg" }));
  await screen.findByRole("button", { name: "Suspend Tomas Berg" });
  expect(sent.map(({ path }) => path)).toEqual([
    "POST /staff/members/b/suspend",
    "POST /staff/members/b/resume",
  ]);
});

it("resets the second factor of somebody else, and says why in the audit log", async () => {
  const sent = render({ "POST /accounts/b/second-factor/reset": null });
  const own = await rowOf("Ines Aalto (you)");
  expect(own.queryByRole("button", { name: /second factor/ })).toBeNull();
  const row = await rowOf("Tomas Berg");
  await userEvent.click(row.getByRole("button", { name: "Reset the second factor of Tomas Berg" }));
  const dialog = within(await screen.findByRole("dialog"));
  dialog.getByText("Required. It is kept in the audit log.");
  await userEvent.type(dialog.getByLabelText(/Reason/), "He called, and I know his voice");
  await userEvent.click(dialog.getByRole("button", { name: "Reset" }));
  await waitFor(() =>
    expect(sent).toEqual([
      {
        path: "POST /accounts/b/second-factor/reset",
        body: { reason: "He called, and I know his voice" },
      },
    ]),
  );
});

it("asks before it removes, and says what that means", async () => {
  const sent = render({ "DELETE /staff/members/b": null });
  const row = await rowOf("Tomas Berg");
  await userEvent.click(row.getByRole("button", { name: "Remove Tomas Berg" }));
  const name = "Remove Tomas Berg from SMP’s team?";
  const dialog = within(await screen.findByRole("dialog", { name }));
  dialog.getByText(/^They lose every role and are signed out everywhere at once\./);
  expect(sent).toEqual([]);
  await userEvent.click(dialog.getByRole("button", { name: "Remove" }));
  await waitFor(() => expect(sent).toEqual([{ path: "DELETE /staff/members/b", body: null }]));
});

it("sends an invitation again, and revokes it after a question", async () => {
  const email = "juna@smp.example";
  const at = "2026-11-20T10:00:00Z";
  const invitation = { id: "i1", email, roles: ["support"], created_at: at, expires_at: at };
  const sent = render({
    "GET /staff": { items: [ines], invitations: [invitation] },
    "POST /staff/invitations/i1/resend": invitation,
    "DELETE /staff/invitations/i1": null,
  });
  const table = within(await screen.findByRole("table", { name: "Invitations" }));
  expect(table.getAllByRole("columnheader").map((header) => header.textContent)).toEqual([
    "Email",
    "Roles",
    "Sent",
    "Valid until",
    "Action",
  ]);
  table.getByText("Support");
  const again = { name: `Send the invitation of ${email} again` };
  await userEvent.click(table.getByRole("button", again));
  await userEvent.click(table.getByRole("button", { name: `Revoke the invitation of ${email}` }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Revoke" }));
  await waitFor(() =>
    expect(sent.map(({ path }) => path)).toEqual([
      "POST /staff/invitations/i1/resend",
      "DELETE /staff/invitations/i1",
    ]),
  );
});

it("says what is wrong when the team cannot be read, and tries again", async () => {
  const answers: unknown[] = [
    new ProblemResponse(403, { title: "Forbidden", detail: "Your role can’t change SMP’s team." }),
    { items: [ines], invitations: [] },
  ];
  render({ "GET /staff": () => answers.shift() });
  expect((await screen.findByRole("alert")).textContent).toContain("can’t change SMP’s team");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await rowOf("Ines Aalto");
});
