export interface Part {
  text: string;
  kind: "same" | "added" | "removed";
}

// The table of a comparison grows with the product of both lengths; past this, texts are marked as a whole.
const maxTableCells = 1_000_000;

/** Marks the words that went and those that came, by their longest common subsequence. */
export function wordDiff(before: string, after: string): Part[] {
  if (before === after) return before === "" ? [] : [{ text: before, kind: "same" }];
  const old = words(before);
  const now = words(after);
  if (old.length * now.length > maxTableCells)
    return joined([
      { text: before, kind: "removed" },
      { text: after, kind: "added" },
    ]);
  return joined(walk(old, now, commonLengths(old, now)));
}

function words(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
}

/** `table[i][j]`: length of the longest common subsequence of `old` from i and `now` from j. */
function commonLengths(old: string[], now: string[]): Uint32Array[] {
  const table = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const row = table[i];
      if (row)
        row[j] =
          old[i] === now[j]
            ? at(table, i + 1, j + 1) + 1
            : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}

function walk(old: string[], now: string[], table: Uint32Array[]): Part[] {
  const parts: Part[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    const was = old[i];
    const is = now[j];
    if (was !== undefined && was === is) {
      parts.push({ text: was, kind: "same" });
      i += 1;
      j += 1;
    } else if (
      was !== undefined &&
      (is === undefined || at(table, i + 1, j) >= at(table, i, j + 1))
    ) {
      parts.push({ text: was, kind: "removed" });
      i += 1;
    } else if (is !== undefined) {
      parts.push({ text: is, kind: "added" });
      j += 1;
    }
  }
  return parts;
}

function at(table: Uint32Array[], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}

function joined(parts: Part[]): Part[] {
  const result: Part[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (last?.kind === part.kind) last.text += part.text;
    else if (part.text !== "") result.push({ ...part });
  }
  return result;
}
