import { expect, it } from "vitest";
import { blocksOf, groupsOf } from "./blocks";

it("parts a document into headings, items and paragraphs", () => {
  const document = "# Title\n\nOne\ntwo.\n\n- a\n- b\n\n\n\nThree.\n";
  expect(blocksOf(document).map(({ kind, text }) => [kind, text])).toEqual([
    ["heading", "Title"],
    ["paragraph", "One\ntwo."],
    ["item", "a"],
    ["item", "b"],
    ["paragraph", "Three."],
  ]);
  expect(groupsOf(document)).toHaveLength(4);
});
