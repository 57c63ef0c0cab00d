const dayMs = 86_400_000;

/** Whether a sale starts within a day. */
export function startsSoon(startsAt: string, now: number = Date.now()): boolean {
  const left = Date.parse(startsAt) - now;
  return left > 0 && left <= dayMs;
}

/** The entries by their start, the earliest first; those without one come last, in their order. */
export function byStart<T>(entries: T[], startOf: (entry: T) => string | undefined): T[] {
  const time = (entry: T) => {
    const start = startOf(entry);
    return start === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(start);
  };
  return [...entries].sort((a, b) => time(a) - time(b));
}
