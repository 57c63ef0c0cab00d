import { useWindowEvent } from "@mantine/hooks";
import { createContext, useContext, useState, useSyncExternalStore, type ReactNode } from "react";
import { refresh } from "../api/client";
import { useTenant } from "../app/SignedIn";
import { createUploadQueue, isUnfinished, type Upload, type UploadQueue } from "./uploadQueue";
import { transportFor } from "./uploadTransport";

const QueueContext = createContext<UploadQueue | null>(null);

/** Keeps uploads running while the reader visits the provider's other pages. */
export function UploadsProvider({ children }: { children: ReactNode }) {
  const tenant = useTenant();
  return (
    <TenantUploads key={tenant.id} tenant={tenant.id}>
      {children}
    </TenantUploads>
  );
}

function TenantUploads({ tenant, children }: { tenant: string; children: ReactNode }) {
  const [queue] = useState(() =>
    createUploadQueue(
      transportFor(tenant),
      () => void refresh("/providers/{tenant}/assets", "/providers/{tenant}/storage"),
    ),
  );
  const uploads = useSyncExternalStore(queue.subscribe, queue.snapshot);
  useLeaveWarning(
    uploads.some((upload) => upload.step === "uploading" || upload.step === "checking"),
  );
  return <QueueContext value={queue}>{children}</QueueContext>;
}

export function useUploads(): {
  queue: UploadQueue;
  uploads: readonly Upload[];
  unfinished: readonly Upload[];
} {
  const queue = useContext(QueueContext);
  if (queue === null) throw new Error("useUploads needs an UploadsProvider");
  const uploads = useSyncExternalStore(queue.subscribe, queue.snapshot);
  return { queue, uploads, unfinished: uploads.filter(isUnfinished) };
}

/** Lets the browser ask for confirmation before the page is closed. */
function useLeaveWarning(active: boolean) {
  useWindowEvent("beforeunload", (event) => {
    if (active) event.preventDefault();
  });
}
