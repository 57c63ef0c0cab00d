import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, describe, expect, it, vi } from "vitest";
import { queryClient } from "../api/client";
import { otherWays, ownPath, SignInPage } from "./SignInPage";

const me = {
  account: { id: "a", email: "mara@smp.example", name: "Mara", is_verified: true },
  roles: [{ role: "manager" }],
};

function show(path = "/sign-in") {
  render(
    <MantineProvider>
      <QueryClientProvider client={queryClient}>
        <MemoryRouter initialEntries={[path]}>
          <Routes>
            <Route path="/sign-in" element={<SignInPage />} />
            <Route path="/" element={<p>landing page</p>} />
            <Route path="/smp/orders" element={<p>orders</p>} />
          </Routes>
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

function respondWith(status: number, body: unknown) {
  return vi.spyOn(globalThis, "fetch").mockImplementation(() =>
    Promise.resolve(
      new Response(JSON.stringify(body), {
        status,
        headers: { "content-type": "application/json" },
      }),
    ),
  );
}

async function signIn(email: string, password: string) {
  const user = userEvent.setup();
  if (email !== "") await user.type(screen.getByLabelText("Email"), email);
  if (password !== "") await user.type(screen.getByLabelText("Password"), password);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
}

afterEach(() => vi.restoreAllMocks());

describe("signing in", () => {
  it("offers the other ways, which lead back", () => {
    show("/sign-in?next=/smp/orders");
    const link = screen.getByRole("link", { name: "Sign in another way" });
    expect(link.getAttribute("href")).toBe("/sign-in?next=%2Fportal%2Fsmp%2Forders");
    expect(otherWays("//evil.example")).toBe("/sign-in?next=%2Fportal%2F");
  });

  it("reports missing fields without a request", async () => {
    const fetch = respondWith(200, me);
    show();
    await signIn("", "");
    expect(screen.getByText("Enter your password.")).toBeTruthy();
    expect(fetch).not.toHaveBeenCalled();
  });

  it("shows the server's error message", async () => {
    respondWith(401, { title: "Unauthorized", status: 401, detail: "Email or password is wrong" });
    show();
    await signIn("mara@smp.example", "not it");
    expect((await screen.findByRole("alert")).textContent).toContain("Email or password is wrong");
  });

  it("continues to the requested page", async () => {
    const fetch = respondWith(200, me);
    show("/sign-in?next=%2Fsmp%2Forders");
    await signIn("mara@smp.example", "correct horse");
    expect(await screen.findByText("orders")).toBeTruthy();
    const [request] = fetch.mock.calls[0] ?? [];
    expect(request instanceof Request && new URL(request.url).pathname).toBe("/api/v1/session");
  });
});

describe("the page after signing in", () => {
  it.each([
    [null, "/"],
    ["/smp/reviews?state=approved", "/smp/reviews?state=approved"],
    ["//evil.example", "/"],
    ["/\\evil.example", "/"],
    ["https://evil.example", "/"],
  ])("%j leads to %j", (next, path) => {
    expect(ownPath(next)).toBe(path);
  });
});
