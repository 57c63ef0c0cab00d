import { transportFor } from "../assets/uploadTransport";

/**
 * Uploads a document of the vetting, which is in no list and on no page. Returns its id.
 */
export async function uploadDocument(
  tenant: string,
  file: File,
  onProgress: (share: number) => void,
): Promise<string> {
  const transport = transportFor(tenant);
  const { asset, upload } = await transport.create({
    filename: file.name,
    content_type: file.type,
    size_bytes: file.size,
    purpose: "vetting",
  });
  await transport.put(upload, file, onProgress, new AbortController().signal);
  await transport.complete(asset.id);
  return asset.id;
}
