import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Provider } from "../api/types";
import { renderPortal, providerWith } from "../testing/portal";
import { ProfilePage } from "./ProfilePage";

function show(provider: Provider) {
  return renderPortal("owner", "/p/oak/profile", [{ path: "profile", Component: ProfilePage }], {
    "GET /providers/t1": provider,
    "PATCH /providers/t1": provider,
  });
}

afterEach(() => vi.restoreAllMocks());

it("removes the phone number and the page when their fields are cleared", async () => {
  const sent = show(
    providerWith({
      support_email: "help@oak.example",
      support_phone: "+49301234567",
      support_url: "https://oak.example/help",
    }),
  );
  const user = userEvent.setup();
  await user.clear(await screen.findByLabelText("Support phone"));
  await user.clear(screen.getByLabelText("Support page"));
  await user.click(screen.getByRole("button", { name: "Save profile" }));
  await waitFor(() =>
    expect(sent).toEqual([
      {
        path: "PATCH /providers/t1",
        body: {
          about: "Bowls.",
          support_email: "help@oak.example",
          support_phone: null,
          support_url: null,
        },
      },
    ]),
  );
});

it("does not send an empty support email", async () => {
  const sent = show(providerWith({ support_email: null }));
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("Support phone"), "+49301234567");
  await user.click(screen.getByRole("button", { name: "Save profile" }));
  await waitFor(() =>
    expect(sent[0]?.body).toEqual({
      about: "Bowls.",
      support_phone: "+49301234567",
      support_url: null,
    }),
  );
});
