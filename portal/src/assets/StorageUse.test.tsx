import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ProblemResponse, renderPortal, type Responses } from "../testing/portal";
import { AssetsPage } from "./AssetsPage";
import { UploadsProvider } from "./UploadsProvider";

const gibibyte = 1024 ** 3;
const room = {
  stored_bytes: gibibyte,
  announced: 0,
  announced_bytes: 0,
  quota_bytes: 10 * gibibyte,
  announced_max: 100,
  announced_bytes_max: gibibyte,
};

function Page() {
  return (
    <UploadsProvider>
      <AssetsPage />
    </UploadsProvider>
  );
}

function show(storage: object, responses: Responses = {}) {
  renderPortal("editor", "/p/oak/assets", [{ path: "assets", Component: Page }], {
    "GET /providers/t1/assets": { items: [] },
    "GET /providers/t1/storage": storage,
    ...responses,
  });
}

afterEach(() => vi.restoreAllMocks());

describe("storage", () => {
  it("shows what is used, unfinished uploads included", async () => {
    show({ ...room, announced: 2, announced_bytes: gibibyte });
    await screen.findByText("2 GB of 10 GB used, 2 unfinished uploads included");
    expect(screen.queryByText(/almost full/)).toBeNull();
  });

  it("says what to do when it is almost full or too many uploads are unfinished", async () => {
    show({ ...room, stored_bytes: 9.5 * gibibyte, announced: 100 });
    await screen.findByText(/almost full. Delete files/);
    await screen.findByText(/100 uploads didn’t finish. Delete them/);
  });

  it("shows with the file why it was refused", async () => {
    const detail = "Your files take 9.9 MiB of 10.0 MiB, so 0.5 MiB more do not fit.";
    show(room, {
      "POST /providers/t1/assets": new ProblemResponse(409, {
        type: "urn:smp:storage_full",
        title: "Conflict",
        detail,
      }),
    });
    const photo = new File(["abc"], "bowl.jpg", { type: "image/jpeg" });
    const input = await screen.findByLabelText<HTMLInputElement>("Files to add");
    fireEvent.change(input, { target: { files: [photo] } });
    const start = await screen.findByRole("button", { name: "Start upload" });
    await waitFor(() => expect(start.hasAttribute("disabled")).toBe(false));
    await userEvent.click(start);
    const list = await screen.findByRole("list", { name: "Files to upload" });
    await within(list).findByText(detail);
  });
});
