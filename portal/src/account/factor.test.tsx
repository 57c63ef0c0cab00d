import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { renderPortal } from "../testing/portal";
import { FactorNotice, isFactorOverdue } from "./FactorNotice";
import { SecurityPage } from "./SecurityPage";

const missing = { recovery_codes_left: 0, required: true } as const;

afterEach(() => vi.restoreAllMocks());

describe("a role that needs a second factor", () => {
  it("says until when it works without one", async () => {
    const factor = { ...missing, due_at: "2099-11-30T09:00:00Z" };
    expect(isFactorOverdue(factor)).toBe(false);
    const Page = () => <FactorNotice factor={factor} withLink />;
    renderPortal("owner", "/p/oak/page", [{ path: "page", Component: Page }], {});
    expect((await screen.findByRole("status")).textContent).toContain("After that, nothing");
    expect(screen.getByRole("link", { name: "Set it up" }).getAttribute("href")).toBe(
      "/account/security",
    );
  });

  it("is led to the set-up once the first day is over", async () => {
    const factor = { ...missing, due_at: "2020-01-01T00:00:00Z" };
    expect(isFactorOverdue(factor)).toBe(true);
    const Page = () => <p>Work</p>;
    const pages = [{ path: "page", Component: Page }];
    renderPortal("owner", "/p/oak/page", pages, { "GET /me/second-factor": factor });
    // The page of the set-up is not among the routes of this test.
    expect(await screen.findByText(/404/)).toBeTruthy();
    expect(screen.queryByText("Work")).toBeNull();
  });
});

describe("the page Security", () => {
  it("sets up an app and shows the recovery codes", async () => {
    let confirmed = false;
    const sent = renderPortal(
      "owner",
      "/p/oak/security",
      [{ path: "security", Component: SecurityPage }],
      {
        "GET /me/second-factor": () =>
          confirmed
            ? { recovery_codes_left: 10, required: false, confirmed_at: "2026-11-29T09:00:00Z" }
            : { recovery_codes_left: 0, required: false },
        "POST /me/second-factor": {
          secret: "GEZDGNBVGY3TQOJQ",
          url: "otpauth://totp/SMP:a",
          qr_svg: "<svg xmlns='http://www.w3.org/2000/svg'/>",
        },
        "POST /me/second-factor/confirmation": () => {
          confirmed = true;
          return { codes: ["abcd-efgh-jkmn-pqrs"] };
        },
      },
    );
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Set up an authenticator app" }));
    expect(await screen.findByText("GEZDGNBVGY3TQOJQ")).toBeTruthy();
    await user.type(screen.getByLabelText("Code"), "287082");
    await user.click(screen.getByRole("button", { name: "Turn on" }));
    expect(await screen.findByText("abcd-efgh-jkmn-pqrs")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "I have kept them" }));
    expect(await screen.findByText("Recovery codes left")).toBeTruthy();
    expect(sent.map((request) => request.path)).toEqual([
      "POST /me/second-factor",
      "POST /me/second-factor/confirmation",
    ]);
  });
});
