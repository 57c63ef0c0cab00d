import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Member, Members } from "../api/types";
import { ProblemResponse, renderPortal, type Responses } from "../testing/portal";
import { TeamPage } from "./TeamPage";

afterEach(() => vi.restoreAllMocks());

const at = "2026-11-20T10:00:00Z";
const entry = (id: string, name: string, role: Member["role"], state = "active"): Member => ({
  account_id: id,
  name,
  email: `${id}@oak.example`,
  role,
  state,
  created_at: at,
});
const members: Members = {
  items: [
    entry("a", "Ada", "analyst"),
    entry("a", "Ada", "owner"),
    entry("e", "Eve", "editor"),
    entry("s", "Sam", "cashier", "suspended"),
  ],
  invitations: [
    { id: "i1", email: "new@oak.example", role: "cashier", created_at: at, expires_at: at },
  ],
};

function show(responses: Responses) {
  return renderPortal("owner", "/p/oak/team", [{ path: "team", Component: TeamPage }], {
    "GET /providers/t1/members": members,
    ...responses,
  });
}

async function textsOf(name: string) {
  const table = await screen.findByRole("table", { name });
  return within(table)
    .getAllByRole("row")
    .map((row) =>
      [...row.children].map((cell) => cell.textContent.replace(/^.*\d.*$/, "…")).join(" | "),
    );
}

it("lists people with all their roles, and open invitations", async () => {
  show({});
  expect(await textsOf("Members")).toEqual([
    "Name | Roles | Since | State | Action",
    "Ada (you)a@oak.example | Owner, Analyst | … | Active | RolesSuspendRemove",
    "Evee@oak.example | Editor | … | Active | RolesSuspendRemove",
    "Sams@oak.example | Cashier | … | Suspended | ResumeRemove",
  ]);
  expect(await textsOf("Invitations")).toEqual([
    "Email | Role | Sent | Valid until | Action",
    "new@oak.example | Cashier | … | … | Send againRevoke",
  ]);
});

it("changes the roles of a person, and says what the server refuses", async () => {
  const answers = [
    new ProblemResponse(409, { title: "Conflict", detail: "A shop needs an owner." }),
    { account_id: "e", roles: ["editor", "analyst"], state: "active" },
  ];
  const sent = show({ "PUT /providers/t1/members/e/roles": () => answers.shift() });
  await userEvent.click(await screen.findByRole("button", { name: "Change the roles of Eve" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Roles of Eve" }));
  await userEvent.click(dialog.getByLabelText("Analyst"));
  await userEvent.click(dialog.getByRole("button", { name: "Save roles" }));
  await dialog.findByText("A shop needs an owner.");
  await userEvent.click(dialog.getByRole("button", { name: "Save roles" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(sent[1]).toEqual({
    path: "PUT /providers/t1/members/e/roles",
    body: { roles: ["editor", "analyst"] },
  });
});

it.each([
  ["Suspend Eve", "Suspend", "They can’t open this shop’s portal until you resume them."],
  ["Suspend Ada", "Suspend", /and the API keys they made are refused meanwhile\.$/],
  ["Remove Eve", "Remove", "They lose their roles immediately. You can invite them again."],
  ["Remove Ada", "Remove", /and the API keys they made are revoked: make new ones first/],
])("asks before: %s", async (name, action, message) => {
  const sent = show({});
  await userEvent.click(await screen.findByRole("button", { name }));
  const dialog = within(await screen.findByRole("dialog", { name: `${name}?` }));
  dialog.getByText(message);
  dialog.getByRole("button", { name: action });
  expect(sent).toEqual([]);
});

it("suspends and resumes", async () => {
  const sent = show({
    "POST /providers/t1/members/e/suspend": {},
    "POST /providers/t1/members/s/resume": {},
  });
  await userEvent.click(await screen.findByRole("button", { name: "Resume Sam" }));
  await userEvent.click(screen.getByRole("button", { name: "Suspend Eve" }));
  await userEvent.click(await screen.findByRole("button", { name: "Suspend" }));
  await waitFor(() =>
    expect(sent.map(({ path }) => path)).toEqual([
      "POST /providers/t1/members/s/resume",
      "POST /providers/t1/members/e/suspend",
    ]),
  );
});

it("removes the role of the owner first, and no other if that is refused", async () => {
  let reads = 0;
  const sent = show({
    "GET /providers/t1/members": () => {
      reads += 1;
      return members;
    },
    "DELETE /providers/t1/members/a/owner": new ProblemResponse(409, {
      title: "Conflict",
      detail: "A shop needs an owner.",
    }),
  });
  await userEvent.click(await screen.findByRole("button", { name: "Remove Ada" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByRole("button", { name: "Remove" }));
  await waitFor(() => expect(reads).toBe(2));
  expect(sent.map(({ path }) => path)).toEqual(["DELETE /providers/t1/members/a/owner"]);
});
