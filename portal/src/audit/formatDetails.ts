/** { reason: "late", amount: 4900 } → "reason: late, amount: 4900". */
export function formatDetails(details: unknown): string {
  if (details == null) return "";
  if (typeof details !== "object") return JSON.stringify(details);
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${textOf(value)}`)
    .join(", ");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
