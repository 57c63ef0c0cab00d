import { isValidElement } from "react";
import { screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Role } from "../api/types";
import { renderPortal } from "../testing/portal";
import { routes } from "./router";
import { RolesOnly } from "./NoAccess";

afterEach(() => vi.restoreAllMocks());

function show(role: Role) {
  renderPortal(
    role,
    "/p/oak/team",
    [
      {
        element: <RolesOnly roles={["owner"]} />,
        children: [{ path: "team", Component: () => <p>The team</p> }],
      },
    ],
    {},
  );
}

it("shows a page to the roles it is for", async () => {
  show("owner");
  await screen.findByText("The team");
});

it("tells others that the page is not for them, and whom to ask", async () => {
  show("cashier");
  await screen.findByRole("heading", { name: "Your role can’t open this page" });
  screen.getByText(/You are cashier here\. The page is for the role owner\. Ask an owner of Oak/);
  expect(screen.queryByText("The team")).toBeNull();
});

it("guards every form", () => {
  const guarded = (list: typeof routes, inside: boolean): string[] =>
    list.flatMap((route) => {
      const within = inside || (isValidElement(route.element) && route.element.type === RolesOnly);
      const own = route.path !== undefined && within ? [route.path] : [];
      return [...own, ...guarded(route.children ?? [], within)];
    });
  const paths = guarded(routes, false);
  for (const path of [
    "sales",
    "sales/new",
    "offers/:offer",
    "team",
    "api-keys",
    "profile",
    "vouchers",
    "application",
    "audit",
  ])
    expect(paths).toContain(path);
  expect(paths).not.toContain("overview");
});
