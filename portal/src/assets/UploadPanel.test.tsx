import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { renderPortal } from "../testing/portal";
import { UploadPanel } from "./UploadPanel";
import { UploadsProvider } from "./UploadsProvider";

function Page() {
  return (
    <UploadsProvider>
      <UploadPanel />
    </UploadsProvider>
  );
}

function show() {
  renderPortal("editor", "/p/oak/assets", [{ path: "assets", Component: Page }], {});
}

const photo = new File(["abc"], "bowl.jpg", { type: "image/jpeg" });
const script = new File(["<svg/>"], "logo.svg", { type: "image/svg+xml" });

async function listedFiles(): Promise<(string | null)[]> {
  const list = await screen.findByRole("list", { name: "Files to upload" });
  return within(list)
    .getAllByRole("listitem")
    .map((item) => item.textContent);
}

afterEach(() => vi.restoreAllMocks());

describe("adding files", () => {
  it("opens the file picker with the keyboard", async () => {
    show();
    const picker = vi.fn();
    const input = await screen.findByLabelText<HTMLInputElement>("Files to add");
    input.addEventListener("click", picker);
    const add = screen.getByRole("button", { name: "Add files" });
    add.focus();
    await userEvent.keyboard("{Enter}");
    expect(picker).toHaveBeenCalled();
  });

  it("lists picked files and says why one is not accepted", async () => {
    show();
    const input = await screen.findByLabelText<HTMLInputElement>("Files to add");
    fireEvent.change(input, { target: { files: [photo, script] } });
    const [first, second] = await listedFiles();
    expect(first).toContain("bowl.jpg");
    expect(first).toContain("Ready to upload");
    expect(second).toContain("logo.svg");
    expect(second).toContain("This file type isn’t supported.");
  });

  it("lists dropped files", async () => {
    show();
    const panel = await screen.findByRole("region", { name: "Upload" });
    const dataTransfer = {
      files: [photo],
      items: [{ kind: "file", type: photo.type, getAsFile: () => photo }],
      types: ["Files"],
    };
    fireEvent.dragEnter(panel, { dataTransfer });
    fireEvent.drop(panel, { dataTransfer });
    await waitFor(async () => expect(await listedFiles()).toHaveLength(1));
  });
});
