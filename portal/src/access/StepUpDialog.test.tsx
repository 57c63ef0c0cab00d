import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { $api } from "../api/client";
import { explain } from "../api/problem";
import { ProblemResponse, renderPortal, tenant } from "../testing/portal";

const needed = new ProblemResponse(403, {
  type: "urn:smp:second_factor_needed",
  title: "Forbidden",
  detail: "This asks for a code.",
});
const wrong = new ProblemResponse(422, {
  type: "urn:smp:invalid",
  title: "Unprocessable",
  errors: [{ field: "code", message: "Is wrong, or was used already." }],
});

function RevokeButton() {
  const revoke = $api.useMutation("delete", "/providers/{tenant}/api-keys/{key}");
  return (
    <>
      <button
        type="button"
        onClick={() => revoke.mutate({ params: { path: { tenant: tenant.id, key: "k1" } } })}
      >
        Revoke
      </button>
      {revoke.isSuccess && <p>Revoked</p>}
      {revoke.error !== null && <p>{explain(revoke.error)}</p>}
    </>
  );
}

const remove = `DELETE /providers/${tenant.id}/api-keys/k1`;
const check = "POST /me/second-factor/check";

function show(responses: Record<string, unknown>) {
  return renderPortal(
    "owner",
    "/p/oak/page",
    [{ path: "page", Component: RevokeButton }],
    responses,
  );
}

afterEach(() => vi.restoreAllMocks());

describe("the dialog for a code", () => {
  it("opens when a request needs one, and sends the request again by itself", async () => {
    const answers: unknown[] = [needed, null];
    const codes: unknown[] = [wrong, null];
    const sent = show({ [remove]: () => answers.shift(), [check]: () => codes.shift() });
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Revoke" }));
    await user.type(await screen.findByLabelText("Code"), "111111");
    await user.click(screen.getByRole("button", { name: "Go on" }));
    expect(await screen.findByText("Is wrong, or was used already.")).toBeTruthy();
    expect(screen.queryByText("Revoked")).toBeNull();
    await user.clear(screen.getByLabelText("Code"));
    await user.type(screen.getByLabelText("Code"), "222222");
    await user.click(screen.getByRole("button", { name: "Go on" }));
    expect(await screen.findByText("Revoked")).toBeTruthy();
    expect(sent.map((request) => request.path)).toEqual([remove, check, check, remove]);
    expect(sent[2]?.body).toEqual({ code: "222222" });
  });

  it("closed without a code leaves the request refused", async () => {
    const sent = show({ [remove]: needed });
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Revoke" }));
    await user.click(await screen.findByRole("button", { name: "Cancel" }));
    expect(await screen.findByText("This asks for a code.")).toBeTruthy();
    expect(sent.map((request) => request.path)).toEqual([remove]);
  });

  it("does not open for another refusal", async () => {
    const other = { type: "urn:smp:forbidden", title: "Forbidden", detail: "Your role can’t." };
    show({ [remove]: new ProblemResponse(403, other) });
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Revoke" }));
    expect(await screen.findByText("Your role can’t.")).toBeTruthy();
    await waitFor(() => expect(screen.queryByLabelText("Code")).toBeNull());
  });
});
