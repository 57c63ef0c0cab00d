/** Wall-clock times of `datetime-local` fields in a time zone, and the instants they mean. */
import { readerLocale } from "./locale";

/** The reader's time zone, in which times are shown and entered. */
export const readerZone: string = Intl.DateTimeFormat().resolvedOptions().timeZone;

const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function wallClock(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-CA-u-ca-gregory-nu-latn", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  formats.set(zone, format);
  return format;
}

/** The wall clock of an instant, as if it were UTC: milliseconds since the epoch. */
function wallMs(instant: number, zone: string): number {
  const parts = Object.fromEntries(
    wallClock(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * An instant as the value of a `datetime-local` field; with seconds if it has any. Empty for an
 * empty or invalid instant.
 */
export function toLocalInput(iso: string, zone: string = readerZone): string {
  const instant = Date.parse(iso);
  if (Number.isNaN(instant)) return "";
  const text = new Date(wallMs(instant, zone)).toISOString();
  return text.slice(17, 19) === "00" ? text.slice(0, 16) : text.slice(0, 19);
}

/** The wall clock of a complete `datetime-local` value, as if it were UTC. */
function wallOf(local: string): number | null {
  const wall = /T\d\d:\d\d/.test(local) ? Date.parse(`${local}Z`) : Number.NaN;
  return Number.isNaN(wall) ? null : wall;
}

/**
 * The instants that a `datetime-local` value can mean, earliest first: none while it is incomplete
 * or when the clocks skip it, two when they repeat it.
 */
export function instantsOf(local: string, zone: string = readerZone): string[] {
  const wall = wallOf(local);
  if (wall === null) return [];
  const offsets = [wall - dayMs, wall + dayMs].map(
    (at) => wallMs(at, zone) - Math.floor(at / 1000) * 1000,
  );
  return [...new Set(offsets.map((offset) => wall - offset))]
    .filter((instant) => wallMs(instant, zone) === wall)
    .sort((a, b) => a - b)
    .map((instant) => new Date(instant).toISOString());
}

/** Whether the clocks skip this time, as on a night in spring. */
export function isSkipped(local: string, zone: string = readerZone): boolean {
  return wallOf(local) !== null && instantsOf(local, zone).length === 0;
}

/** "Sun, 25 Oct 2026, 02:30:15 CET": all of an instant that its field shows, and its zone. */
export function formatInstant(
  iso: string,
  locale = readerLocale,
  zone: string = readerZone,
): string {
  const hasSeconds = Date.parse(iso) % 60_000 >= 1_000;
  return new Intl.DateTimeFormat(locale, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    ...(hasSeconds && { second: "2-digit" }),
    timeZoneName: "short",
    timeZone: zone,
  }).format(new Date(iso));
}

/** The reader's time zone with its offset at an instant: "Europe/Berlin (GMT+1)". */
export function zoneName(at: Date = new Date(), zone: string = readerZone): string {
  const offset = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset", timeZone: zone })
    .formatToParts(at)
    .find((part) => part.type === "timeZoneName")?.value;
  return offset === undefined || offset === zone ? zone : `${zone} (${offset})`;
}
