import { api, required } from "../api/client";
import type { AssetUpload } from "../api/types";
import type { UploadTransport } from "./uploadQueue";

/** Connects the upload queue to the API and to storage, for one provider. */
export function transportFor(tenant: string): UploadTransport {
  const assetPath = (asset: string) => ({ params: { path: { tenant, asset } } });
  return {
    create: async (body) =>
      required(
        await api.POST("/providers/{tenant}/assets", { params: { path: { tenant } }, body }),
      ),
    retry: async (asset) =>
      required(await api.POST("/providers/{tenant}/assets/{asset}/upload", assetPath(asset))),
    complete: async (asset) =>
      required(await api.POST("/providers/{tenant}/assets/{asset}/complete", assetPath(asset))),
    withdraw: async (asset) => {
      await api.DELETE("/providers/{tenant}/assets/{asset}", assetPath(asset));
    },
    put: putWithProgress,
  };
}

// fetch reports no upload progress; XMLHttpRequest does.
function putWithProgress(
  upload: AssetUpload["upload"],
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(upload.method, upload.url);
    for (const [name, value] of Object.entries(upload.headers))
      request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(new Error(`Storage rejected the file (status ${request.status}). Try again.`));
    };
    request.onerror = () => reject(new Error("The connection was lost. Try again."));
    request.onabort = () => reject(new Error("Cancelled."));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
