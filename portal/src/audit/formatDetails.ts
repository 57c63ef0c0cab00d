/** { reason: "late", amount: 4900 } → "reason: late, amount: 4900". */
export function formatDetails(details: unknown): string {
  if (details == null) return "";
  if (typeof details !== "object") return JSON.stringify(details);
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== "")
    .map(
      ([name, value]) =>
        `${name.replaceAll("_", " ")}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`,
    )
    .join(", ");
}
