import { formatBytes } from "../format/numbers";

const mebibyte = 1024 * 1024;

/** What the API takes, so that a hopeless file is refused before it travels. */
const limits: { types: string[]; maxBytes: number; name: string }[] = [
  {
    types: ["image/jpeg", "image/png", "image/webp", "image/gif"],
    maxBytes: 20 * mebibyte,
    name: "A picture",
  },
  { types: ["video/mp4", "video/webm"], maxBytes: 200 * mebibyte, name: "A video" },
  { types: ["application/pdf"], maxBytes: 20 * mebibyte, name: "A PDF" },
];

export const acceptedTypes = limits.flatMap(({ types }) => types).join(",");
export const limitsText =
  "Pictures (JPEG, PNG, WebP, GIF) and PDF up to 20 MB, videos (MP4, WebM) up to 200 MB.";

export function rejectionReason(file: File): string | null {
  const limit = limits.find(({ types }) => types.includes(file.type));
  if (!limit) return "This kind of file is not taken. Use JPEG, PNG, WebP, GIF, MP4, WebM or PDF.";
  if (file.size === 0) return "The file is empty.";
  if (file.size > limit.maxBytes) {
    return `${limit.name} may have ${formatBytes(limit.maxBytes)} at most; this one has ${formatBytes(file.size)}.`;
  }
  return null;
}
