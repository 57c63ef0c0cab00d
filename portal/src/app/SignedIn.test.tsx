import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { countryName } from "../format/reference";
import { ProblemResponse, renderPortal } from "../testing/portal";
import { reference } from "../testing/reference";

const Page = () => <p>From {countryName("LI")}</p>;

afterEach(() => vi.restoreAllMocks());

it("shows a page once the reference data is there, and loads it again after an error", async () => {
  const answers: unknown[] = [
    new ProblemResponse(429, { title: "Too many requests", detail: "Wait a minute." }),
    reference,
  ];
  renderPortal("owner", "/p/oak/page", [{ path: "page", Component: Page }], {
    "GET /reference": () => answers.shift(),
  });
  expect((await screen.findByRole("alert")).textContent).toContain("Wait a minute.");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByText("From Liechtenstein");
  expect(answers).toEqual([]);
});
