/** A tax rate in percent as people type it, in millionths; null for none, undefined for no rate. */
export function readRate(text: string): number | null | undefined {
  const typed = text.trim().replace(/\s*%$/, "").replace(",", ".");
  if (typed === "") return null;
  if (!/^\d{1,3}(\.\d{1,4})?$/.test(typed)) return undefined;
  const ppm = Math.round(Number(typed) * 10_000);
  return ppm <= 1_000_000 ? ppm : undefined;
}

/** A rate in millionths as a text that reads back as itself: "19". */
export function writeRate(ppm: number | null | undefined): string {
  return ppm == null ? "" : String(ppm / 10_000);
}
