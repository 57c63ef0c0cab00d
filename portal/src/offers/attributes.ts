/**
 * "Colour: blue, Size: M" → { Colour: "blue", Size: "M" }. A part without a colon is its own value.
 */
export function parseAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const part of text.split(",")) {
    const [name = "", ...rest] = part.split(":");
    const value = rest.join(":").trim();
    if (name.trim() !== "") attributes[name.trim()] = value === "" ? name.trim() : value;
  }
  return attributes;
}

export function formatAttributes(attributes: Record<string, string>): string {
  return Object.entries(attributes)
    .map(([name, value]) => (name === value ? name : `${name}: ${value}`))
    .join(", ");
}
