import { describe, expect, it, vi } from "vitest";
import type { Asset, AssetUpload } from "../api/types";
import { createUploadQueue, type UploadTransport } from "./uploadQueue";

const target: AssetUpload["upload"] = {
  method: "PUT",
  url: "http://storage.example/x",
  headers: {},
  expires_at: "2026-11-22T10:00:00Z",
};

function assetNamed(id: string): Asset {
  return {
    id,
    kind: "image",
    filename: `${id}.jpg`,
    content_type: "image/jpeg",
    size_bytes: 3,
    state: "ready",
    alt: "",
    renditions: [],
    version: 1,
    created_at: "2026-11-22T10:00:00Z",
  };
}

function picture(name: string): File {
  return new File(["abc"], name, { type: "image/jpeg" });
}

interface Put {
  name: string;
  progress: (share: number) => void;
  finish: () => void;
  fail: (reason: string) => void;
}

/** Storage whose uploads stay open until the test ends them. */
function fakeTransport() {
  const puts: Put[] = [];
  const transport = {
    create: vi.fn<UploadTransport["create"]>(({ filename }) =>
      Promise.resolve({ asset: assetNamed(`id-${filename}`), upload: target }),
    ),
    retry: vi.fn<UploadTransport["retry"]>((id) =>
      Promise.resolve({ asset: assetNamed(id), upload: target }),
    ),
    complete: vi.fn<UploadTransport["complete"]>((id) => Promise.resolve(assetNamed(id))),
    withdraw: vi.fn<UploadTransport["withdraw"]>(() => Promise.resolve()),
    put: vi.fn<UploadTransport["put"]>(
      (_, file, progress, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("Cancelled.")));
          puts.push({
            name: file.name,
            progress,
            finish: resolve,
            fail: (reason) => reject(new Error(reason)),
          });
        }),
    ),
  } satisfies UploadTransport;
  return { transport, puts };
}

function start(...files: File[]) {
  const { transport, puts } = fakeTransport();
  const changed = vi.fn();
  const queue = createUploadQueue(transport, changed);
  queue.add(files);
  const steps = () => queue.snapshot().map(({ step }) => step);
  const keyOf = (name: string) =>
    queue.snapshot().find(({ filename }) => filename === name)?.key ?? "";
  return { transport, puts, changed, queue, steps, keyOf };
}

describe("the upload queue", () => {
  it("waits until it is started", () => {
    const { transport, steps } = start(picture("a.jpg"), picture("b.jpg"));
    expect(steps()).toEqual(["waiting", "waiting"]);
    expect(transport.create).not.toHaveBeenCalled();
  });

  it("rejects unsuitable files at once", () => {
    const { queue, steps } = start(
      new File(["<svg/>"], "logo.svg", { type: "image/svg+xml" }),
      new File([], "empty.png", { type: "image/png" }),
    );
    queue.start();
    expect(steps()).toEqual(["rejected", "rejected"]);
    expect(queue.snapshot()[0]?.error).toContain("isn’t supported");
    expect(queue.snapshot()[1]?.error).toContain("empty");
  });

  it("uploads three at a time and the rest as they finish", async () => {
    const { queue, puts, steps, transport, changed } = start(
      ...["a", "b", "c", "d"].map((name) => picture(`${name}.jpg`)),
    );
    queue.start();
    await vi.waitFor(() => expect(puts).toHaveLength(3));
    expect(steps()).toEqual(["uploading", "uploading", "uploading", "waiting"]);
    puts[1]?.finish();
    await vi.waitFor(() => expect(puts).toHaveLength(4));
    expect(steps()).toEqual(["uploading", "done", "uploading", "uploading"]);
    expect(transport.complete.mock.calls).toEqual([["id-b.jpg"]]);
    expect(changed).toHaveBeenCalledTimes(1);
  });

  it("reports the progress of each file", async () => {
    const { queue, puts } = start(picture("a.jpg"));
    queue.start();
    await vi.waitFor(() => expect(puts).toHaveLength(1));
    puts[0]?.progress(0.4);
    expect(queue.snapshot()[0]?.progress).toBe(0.4);
  });

  it("withdraws the asset of a cancelled upload", async () => {
    const { queue, puts, steps, transport, changed } = start(picture("a.jpg"));
    queue.start();
    await vi.waitFor(() => expect(puts).toHaveLength(1));
    queue.cancel();
    expect(steps()).toEqual(["cancelled"]);
    await vi.waitFor(() => expect(transport.withdraw).toHaveBeenCalledWith("id-a.jpg"));
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1));
    expect(transport.complete).not.toHaveBeenCalled();
  });

  it("creates a new asset when a cancelled upload is retried", async () => {
    const { queue, puts, transport, keyOf, steps } = start(picture("a.jpg"));
    queue.start();
    await vi.waitFor(() => expect(puts).toHaveLength(1));
    queue.cancel();
    await vi.waitFor(() => expect(transport.withdraw).toHaveBeenCalled());
    queue.retry(keyOf("a.jpg"));
    await vi.waitFor(() => expect(puts).toHaveLength(2));
    puts[1]?.finish();
    await vi.waitFor(() => expect(steps()).toEqual(["done"]));
    expect(transport.create).toHaveBeenCalledTimes(2);
  });

  it("retries a failed upload into the same asset", async () => {
    const { queue, puts, transport, keyOf, steps } = start(picture("a.jpg"));
    queue.start();
    await vi.waitFor(() => expect(puts).toHaveLength(1));
    puts[0]?.fail("The connection was lost.");
    await vi.waitFor(() => expect(steps()).toEqual(["failed"]));
    expect(queue.snapshot()[0]?.error).toBe("The connection was lost.");
    queue.retry(keyOf("a.jpg"));
    await vi.waitFor(() => expect(puts).toHaveLength(2));
    puts[1]?.finish();
    await vi.waitFor(() => expect(steps()).toEqual(["done"]));
    expect(transport.retry).toHaveBeenCalledWith("id-a.jpg");
    expect(transport.create).toHaveBeenCalledTimes(1);
  });

  it("shows what is wrong with a file and continues with the next", async () => {
    const { queue, puts, transport, steps } = start(picture("fake.jpg"), picture("b.jpg"));
    transport.complete.mockRejectedValueOnce(new Error("The content is HTML, not a JPEG picture."));
    queue.start();
    await vi.waitFor(() => expect(puts).toHaveLength(2));
    puts.forEach((put) => put.finish());
    await vi.waitFor(() => expect(steps()).toEqual(["failed", "done"]));
    expect(queue.snapshot()[0]?.error).toContain("HTML");
  });

  it("withdraws the asset of a failed upload that is removed", async () => {
    const { queue, puts, transport, keyOf, changed } = start(picture("a.jpg"));
    queue.start();
    await vi.waitFor(() => expect(puts).toHaveLength(1));
    puts[0]?.fail("The connection was lost.");
    await vi.waitFor(() => expect(queue.snapshot()[0]?.step).toBe("failed"));
    expect(changed).not.toHaveBeenCalled();
    queue.remove(keyOf("a.jpg"));
    await vi.waitFor(() => expect(transport.withdraw).toHaveBeenCalledWith("id-a.jpg"));
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1));
  });

  it("drops removed files and clears finished ones", async () => {
    const { queue, puts, keyOf, steps } = start(picture("a.jpg"), picture("b.jpg"));
    queue.remove(keyOf("b.jpg"));
    queue.start();
    await vi.waitFor(() => expect(puts).toHaveLength(1));
    puts[0]?.finish();
    await vi.waitFor(() => expect(steps()).toEqual(["done"]));
    queue.clearDone();
    expect(queue.snapshot()).toEqual([]);
  });
});
