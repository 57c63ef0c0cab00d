const units = ["B", "KB", "MB", "GB"];

export function formatBytes(bytes: number, locale?: string): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = value < 10 && unit > 0 ? 1 : 0;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)} ${units[unit] ?? "B"}`;
}

export function formatCount(value: number, locale?: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

export function formatPercent(part: number, whole: number, locale?: string): string {
  if (whole <= 0) return "–";
  return new Intl.NumberFormat(locale, {
    style: "percent",
    maximumFractionDigits: part / whole < 0.1 ? 1 : 0,
  }).format(part / whole);
}
