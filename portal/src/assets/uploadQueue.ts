import { explain } from "../api/problem";
import type { Asset, AssetInput, AssetUpload } from "../api/types";
import { rejectionReason } from "./limits";

export type UploadStep =
  "waiting" | "uploading" | "checking" | "done" | "failed" | "cancelled" | "rejected";

export interface Upload {
  key: string;
  filename: string;
  sizeBytes: number;
  step: UploadStep;
  /** 0 to 1 of the bytes sent. */
  progress: number;
  error: string | null;
}

/** The network calls of the queue; tests replace them. */
export interface UploadTransport {
  create: (input: AssetInput) => Promise<AssetUpload>;
  retry: (assetId: string) => Promise<AssetUpload>;
  complete: (assetId: string) => Promise<Asset>;
  withdraw: (assetId: string) => Promise<void>;
  put: (
    upload: AssetUpload["upload"],
    file: File,
    onProgress: (share: number) => void,
    signal: AbortSignal,
  ) => Promise<void>;
}

export interface UploadQueue {
  subscribe: (listener: () => void) => () => void;
  snapshot: () => readonly Upload[];
  add: (files: Iterable<File>) => void;
  /** Starts every waiting upload, or one. */
  start: (key?: string) => void;
  cancel: (key?: string) => void;
  retry: (key: string) => void;
  remove: (key: string) => void;
  clearDone: () => void;
}

interface Entry extends Upload {
  file: File;
  assetId: string | null;
  started: boolean;
  abort: AbortController | null;
}

const parallelUploads = 3;

/**
 * Uploads files to storage, a few at a time. Each file succeeds, fails or is cancelled on its own.
 */
export function createUploadQueue(
  transport: UploadTransport,
  /** Assets were completed or withdrawn. */
  onAssetsChange: () => void,
): UploadQueue {
  let entries: Entry[] = [];
  let shown: readonly Upload[] = [];
  let nextKey = 1;
  const listeners = new Set<() => void>();

  function changed(): void {
    shown = entries.map(({ key, filename, sizeBytes, step, progress, error }) => ({
      key,
      filename,
      sizeBytes,
      step,
      progress,
      error,
    }));
    listeners.forEach((listener) => listener());
  }

  function patch(entry: Entry, change: Partial<Entry>): void {
    Object.assign(entry, change);
    changed();
  }

  function startNext(): void {
    const running = entries.filter(isRunning).length;
    entries
      .filter((entry) => entry.step === "waiting" && entry.started)
      .slice(0, Math.max(0, parallelUploads - running))
      .forEach((entry) => void run(entry));
  }

  async function run(entry: Entry): Promise<void> {
    const abort = new AbortController();
    patch(entry, { step: "uploading", progress: 0, error: null, abort });
    try {
      const target = await open(entry);
      if (abort.signal.aborted) return;
      await transport.put(
        target,
        entry.file,
        (progress) => !abort.signal.aborted && patch(entry, { progress }),
        abort.signal,
      );
      patch(entry, { step: "checking", progress: 1 });
      await transport.complete(entry.assetId ?? "");
      patch(entry, { step: "done", abort: null });
      onAssetsChange();
    } catch (error) {
      if (!abort.signal.aborted)
        patch(entry, { step: "failed", error: explain(error), abort: null });
    } finally {
      if (abort.signal.aborted) await discard(entry);
      startNext();
    }
  }

  async function open(entry: Entry): Promise<AssetUpload["upload"]> {
    const { file, assetId } = entry;
    const answer =
      assetId === null
        ? await transport.create({
            filename: file.name,
            content_type: file.type,
            size_bytes: file.size,
          })
        : await transport.retry(assetId);
    entry.assetId = answer.asset.id;
    return answer.upload;
  }

  /** Deletes the asset of a cancelled upload. If that fails, it stays listed as incomplete. */
  async function discard(entry: Entry): Promise<void> {
    const { assetId } = entry;
    entry.assetId = null;
    if (assetId === null) return;
    await transport.withdraw(assetId).catch(() => undefined);
    onAssetsChange();
  }

  function stop(entry: Entry): void {
    if (!isRunning(entry) && entry.step !== "waiting") return;
    entry.abort?.abort();
    patch(entry, { step: "cancelled", progress: 0, started: false, abort: null });
  }

  const matching = (key: string | undefined) =>
    entries.filter((entry) => key === undefined || entry.key === key);

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: () => shown,
    add(files) {
      for (const file of files) {
        const error = rejectionReason(file);
        entries.push({
          key: `upload-${nextKey++}`,
          file,
          filename: file.name,
          sizeBytes: file.size,
          step: error === null ? "waiting" : "rejected",
          progress: 0,
          error,
          assetId: null,
          started: false,
          abort: null,
        });
      }
      changed();
    },
    start(key) {
      matching(key)
        .filter((entry) => entry.step === "waiting")
        .forEach((entry) => (entry.started = true));
      startNext();
    },
    cancel: (key) => matching(key).forEach(stop),
    retry(key) {
      matching(key)
        .filter((entry) => entry.step === "failed" || entry.step === "cancelled")
        .forEach((entry) =>
          patch(entry, { step: "waiting", progress: 0, error: null, started: true }),
        );
      startNext();
    },
    remove(key) {
      matching(key).forEach((entry) => {
        stop(entry);
        if (entry.step === "failed") void discard(entry);
      });
      entries = entries.filter((entry) => entry.key !== key);
      changed();
    },
    clearDone() {
      entries = entries.filter((entry) => entry.step !== "done");
      changed();
    },
  };
}

function isRunning(entry: Entry): boolean {
  return entry.step === "uploading" || entry.step === "checking";
}

export function isUnfinished(upload: Upload): boolean {
  return upload.step === "waiting" || upload.step === "uploading" || upload.step === "checking";
}
