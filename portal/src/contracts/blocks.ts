export interface Block {
  kind: "heading" | "item" | "paragraph";
  text: string;
}

/**
 * A document in blocks, as the PDF has them: blank lines part them, a line that begins with "# " is a
 * heading, one that begins with "- " an item of a list.
 */
export function blocksOf(document: string): Block[] {
  return document
    .split("\n\n")
    .flatMap((part) => {
      const lines = part.split("\n").filter((line) => line !== "");
      const marked = lines.every((line) => line.startsWith("- ") || line.startsWith("# "));
      return marked ? lines : [part.trim()];
    })
    .filter((text) => text !== "")
    .map((text): Block => {
      if (text.startsWith("# ")) return { kind: "heading", text: text.slice(2) };
      if (text.startsWith("- ")) return { kind: "item", text: text.slice(2) };
      return { kind: "paragraph", text };
    });
}

/** The same with the items of a list together. */
export function groupsOf(document: string): (Block | Block[])[] {
  const groups: (Block | Block[])[] = [];
  for (const block of blocksOf(document)) {
    const last = groups.at(-1);
    if (block.kind !== "item") groups.push(block);
    else if (Array.isArray(last)) last.push(block);
    else groups.push([block]);
  }
  return groups;
}
