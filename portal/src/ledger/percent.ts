import { readerLocale } from "../format/locale";

/** Millionths of a typed percentage with up to four decimals: "12.5" → 125000. Null if it is none. */
export function ppmOf(text: string): number | null {
  const [, whole, decimals = ""] =
    /^(\d{1,3})(?:[.,](\d{1,4}))? ?%?$/.exec(text.trim()) ?? ([] as string[]);
  if (whole === undefined) return null;
  const ppm = Number(whole) * 10_000 + Number(decimals.padEnd(4, "0"));
  return ppm <= 1_000_000 ? ppm : null;
}

/** 125000 → "12.5%". */
export function formatPpm(ppm: number, locale = readerLocale): string {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 4 }).format(
    ppm / 1_000_000,
  );
}
