import { readerLocale } from "./locale";
import { formatUnit } from "./numbers";

export function formatDateTime(iso: string, locale = readerLocale, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone,
  }).format(new Date(iso));
}

/**
 * With the time zone, for a moment that readers in other zones care about, such as a sale's start.
 */
export function formatZoned(iso: string, locale = readerLocale, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
    timeZone,
  }).format(new Date(iso));
}

export function formatDate(iso: string, locale = readerLocale, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone }).format(new Date(iso));
}

export function formatHour(iso: string, locale = readerLocale, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, {
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    timeZone,
  }).format(new Date(iso));
}

/** "5–7 Feb 2027". Calendar days have no zone, so they are read and shown in UTC. */
export function formatDateRange(first: string, last: string, locale = readerLocale): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).formatRange(
    new Date(first),
    new Date(last),
  );
}

/** The time of day to the second. */
export function formatTimeOfDay(at: number, locale = readerLocale, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: "medium", timeZone }).format(at);
}

const relativeUnits: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "3 hours ago", "in 2 days"; under a minute it says "now". */
export function formatRelative(
  iso: string,
  now: number = Date.now(),
  locale = readerLocale,
): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, size] of relativeUnits) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

/** How long something has waited, in its largest unit: "5 min", "3 hr", "2 days". */
export function formatAge(seconds: number, locale = readerLocale): string {
  if (seconds < 60) return "just now";
  if (seconds < 3_600) return formatUnit(Math.floor(seconds / 60), "minute", locale);
  if (seconds < 86_400) return formatUnit(Math.floor(seconds / 3_600), "hour", locale);
  return formatUnit(Math.floor(seconds / 86_400), "day", locale);
}

/** "45 sec", "10 min", "1 min 34 sec". */
export function formatDuration(seconds: number, locale = readerLocale): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  return [
    ...(minutes > 0 ? [formatUnit(minutes, "minute", locale)] : []),
    ...(rest > 0 || minutes === 0 ? [formatUnit(rest, "second", locale)] : []),
  ].join(" ");
}

/** "0.4 ms", "38 ms", "1.24 sec". */
export function formatMilliseconds(ms: number, locale = readerLocale): string {
  return ms >= 1000
    ? formatUnit(ms / 1000, "second", locale, ms < 10_000 ? 2 : 1)
    : formatUnit(ms, "millisecond", locale, ms < 10 ? 1 : 0);
}
