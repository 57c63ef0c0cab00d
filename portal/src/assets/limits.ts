import { formatBytes } from "../format/numbers";

const mebibyte = 1024 * 1024;

/** What the API accepts, so that an unsuitable file is rejected before it is uploaded. */
const limits: { types: Record<string, string[]>; maxBytes: number; name: string }[] = [
  {
    types: {
      "image/jpeg": [".jpg", ".jpeg"],
      "image/png": [".png"],
      "image/webp": [".webp"],
      "image/gif": [".gif"],
    },
    maxBytes: 20 * mebibyte,
    name: "A picture",
  },
  { types: { "application/pdf": [".pdf"] }, maxBytes: 20 * mebibyte, name: "A PDF" },
];

/** The accepted content types with their file extensions. */
export const acceptedTypes: Record<string, string[]> = Object.fromEntries(
  limits.flatMap(({ types }) => Object.entries(types)),
);
export const limitsText =
  "Pictures (JPEG, PNG, WebP or a still GIF, in RGB) to show shoppers, PDFs as evidence for SMP. Up to 20 MB each.";

/** Why a file cannot be uploaded; null if it can. */
export function rejectionReason(file: File): string | null {
  const limit = limits.find(({ types }) => file.type in types);
  if (file.type.startsWith("video/"))
    return "Videos can’t be shown to shoppers. Upload pictures instead.";
  if (!limit) return "This file type isn’t supported. Use JPEG, PNG, WebP, GIF or PDF.";
  if (file.size === 0) return "The file is empty.";
  if (file.size > limit.maxBytes)
    return [
      `${limit.name} can be up to ${formatBytes(limit.maxBytes)};`,
      `this file is ${formatBytes(file.size)}.`,
    ].join(" ");
  return null;
}
