import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { providerWith, renderPortal } from "../testing/portal";
import { InviteDialog } from "./InviteDialog";

const pages = [
  { path: "invite", Component: () => <InviteDialog opened onClose={() => undefined} /> },
  { path: "providers/:tenant", Component: () => <p>Invited</p> },
];

afterEach(() => vi.restoreAllMocks());

it("asks for the country and offers every one of the API", async () => {
  const sent = renderPortal("manager", "/smp/invite", pages, {
    "POST /providers": providerWith({ country: "LI" }),
  });
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("Name"), "Vaduz Bowls");
  await user.type(screen.getByLabelText("Product category"), "Homeware");
  await user.type(screen.getByLabelText("Owner’s email"), "owner@example.com");
  await user.click(screen.getByRole("button", { name: "Send invitation" }));
  await screen.findByText("Choose the country they are based in.");
  expect(sent).toEqual([]);
  await user.selectOptions(screen.getByLabelText("Country"), "Liechtenstein");
  await user.click(screen.getByRole("button", { name: "Send invitation" }));
  await screen.findByText("Invited");
  expect(sent[0]?.body).toMatchObject({ slug: "vaduz-bowls", country: "LI" });
});
