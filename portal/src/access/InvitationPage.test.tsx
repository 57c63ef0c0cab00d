import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { queryClient } from "../api/client";
import { routes } from "../app/router";
import { mockApi, ProblemResponse, type Responses } from "../testing/portal";
import { reference } from "../testing/reference";

const me = {
  account: { id: "a", email: "ada@oak.example", name: "Ada", is_verified: true },
  roles: [],
};
const toProvider = {
  email: me.account.email,
  provider_name: "Oak & Sons",
  role: "editor",
  account_exists: false,
};
const toSmp = {
  email: "juna@smp.example",
  roles: ["support", "finance"],
  account_exists: false,
  is_signed_in: false,
};
const nobody = new ProblemResponse(401, { title: "Unauthorized" });

function show(path: string, responses: Responses) {
  const sent = mockApi({ "GET /reference": reference, "GET /me": nobody, ...responses });
  const router = createMemoryRouter(routes, { initialEntries: [path] });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return sent;
}

const accept = () => userEvent.click(screen.getByRole("button", { name: "Accept invitation" }));
const title = (name: string) => screen.findByRole("heading", { level: 1, name });

beforeEach(() => queryClient.clear());
afterEach(() => vi.restoreAllMocks());

describe("an invitation to a provider’s team", () => {
  it("makes an account, with a password that is long enough, and signs it in", async () => {
    const sent = show("/invitations/t", {
      "GET /invitations/t": toProvider,
      "POST /invitations/t/accept": me,
    });
    await title("Join Oak & Sons");
    screen.getByText("You’ve been invited as editor. Your sign-in email is ada@oak.example.");
    screen.getByText("At least 10 characters.");
    await userEvent.type(screen.getByLabelText("Password"), "short");
    await accept();
    screen.getByText("Enter your name.");
    screen.getByText("Enter at least 10 characters.");
    expect(sent).toEqual([]);
    await userEvent.type(screen.getByLabelText("Your name"), " Ada ");
    await userEvent.type(screen.getByLabelText("Password"), " enough of it");
    await accept();
    await screen.findByText("Nothing to manage yet");
    expect(sent).toEqual([
      {
        path: "POST /invitations/t/accept",
        body: { name: "Ada", password: "short enough of it" },
      },
    ]);
  });

  it("asks who has an account for its password, and for a code if there is a factor", async () => {
    const sent = show("/invitations/t", {
      "GET /invitations/t": { ...toProvider, account_exists: true },
      "POST /invitations/t/accept": { pending_token: "p" },
      "POST /session/factor": me,
    });
    await title("Join Oak & Sons");
    screen.getByText("You already have an account. Enter its password.");
    expect(screen.queryByLabelText("Your name")).toBeNull();
    await accept();
    screen.getByText("Enter your password.");
    await userEvent.type(screen.getByLabelText("Password"), "secret");
    await accept();
    await title("Enter the code");
    await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
    screen.getByText("Enter the code.");
    await userEvent.type(screen.getByLabelText("Code"), " 287082 ");
    await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
    await screen.findByText("Nothing to manage yet");
    expect(sent).toEqual([
      { path: "POST /invitations/t/accept", body: { password: "secret" } },
      { path: "POST /session/factor", body: { pending_token: "p", code: "287082" } },
    ]);
  });
});

describe("an invitation to SMP’s team", () => {
  it("makes an account and signs it in with the new password", async () => {
    let signedIn = false;
    const sent = show("/staff-invitations/t", {
      "GET /me": () => (signedIn ? me : nobody),
      "GET /staff-invitations/t": toSmp,
      "POST /staff-invitations/t/accept": {},
      "POST /session": () => {
        signedIn = true;
        return me;
      },
    });
    await title("Join SMP’s team");
    screen.getByText(
      "You’ve been invited as support and finance. Your sign-in email is juna@smp.example.",
    );
    await userEvent.type(screen.getByLabelText("Your name"), "Juna");
    await userEvent.type(screen.getByLabelText("Password"), "long enough");
    await accept();
    await screen.findByText("Nothing to manage yet");
    expect(sent).toEqual([
      { path: "POST /staff-invitations/t/accept", body: { name: "Juna", password: "long enough" } },
      { path: "POST /session", body: { email: "juna@smp.example", password: "long enough" } },
    ]);
  });

  it("leads to the sign-in page when signing in is refused", async () => {
    show("/staff-invitations/t", {
      "GET /staff-invitations/t": { ...toSmp, account_exists: true },
      "POST /staff-invitations/t/accept": {},
      "POST /session": new ProblemResponse(429, { title: "Too many requests" }),
    });
    await title("Join SMP’s team");
    screen.getByText(/^You already have an account. Enter its password, or sign in first/);
    await userEvent.type(screen.getByLabelText("Password"), "secret");
    await accept();
    await title("Sign in");
  });

  it("asks who is signed in for nothing", async () => {
    const sent = show("/staff-invitations/t", {
      "GET /me": me,
      "GET /staff-invitations/t": { ...toSmp, account_exists: true, is_signed_in: true },
      "POST /staff-invitations/t/accept": {},
    });
    await title("Join SMP’s team");
    expect(screen.queryByLabelText("Password")).toBeNull();
    await accept();
    await screen.findByText("Nothing to manage yet");
    expect(sent).toEqual([{ path: "POST /staff-invitations/t/accept", body: {} }]);
  });
});

it.each(["invitations", "staff-invitations"])("%s say why they are not valid", async (path) => {
  const gone = new ProblemResponse(409, { title: "Conflict", detail: "It was used." });
  show(`/${path}/t`, { [`GET /${path}/t`]: gone });
  await title("This invitation isn’t valid");
  screen.getByText("It was used.");
  expect(screen.getByRole("link", { name: "sign in" }).getAttribute("href")).toBe("/sign-in");
});

it.each([
  ["invitations", toProvider],
  ["staff-invitations", toSmp],
])("%s show what the server refuses", async (path, offer) => {
  show(`/${path}/t`, {
    [`GET /${path}/t`]: { ...offer, account_exists: true },
    [`POST /${path}/t/accept`]: new ProblemResponse(401, {
      title: "Unauthorized",
      detail: "Email or password is wrong",
    }),
  });
  await userEvent.type(await screen.findByLabelText("Password"), "not it");
  await accept();
  expect((await screen.findByRole("alert")).textContent).toContain("Email or password is wrong");
});
