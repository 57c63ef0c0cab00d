import { diffArrays } from "diff";

export interface DiffPart {
  text: string;
  kind: "same" | "added" | "removed";
}

/**
 * Beyond this many insertions and deletions, a text counts as rewritten. It bounds the time taken.
 */
const maxEdits = 2_000;

const segmenter = new Intl.Segmenter("en", { granularity: "word" });

/** The words that were removed and added, in reading order; spaces and punctuation are kept. */
export function diffWords(before: string, after: string): DiffPart[] {
  const parts = diffArrays(wordsOf(before), wordsOf(after), { maxEditLength: maxEdits });
  if (parts === undefined)
    return [
      { text: before, kind: "removed" },
      { text: after, kind: "added" },
    ];
  return parts.map(({ value, added, removed }) => ({
    text: value.join(""),
    kind: added ? "added" : removed ? "removed" : "same",
  }));
}

function wordsOf(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
