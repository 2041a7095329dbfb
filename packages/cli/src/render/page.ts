/** A label and its value; an empty value is left out, several stand under one another. */
export type Field = readonly [label: string, value: string | readonly string[]];

/** Labels and values, aligned: for a person to read. */
export function renderPage(fields: readonly Field[]): string {
  const shown = fields.map(([label, value]) => [label, typeof value === "string" ? [value] : value] as const);
  const filled = shown.filter(([, values]) => values.some((value) => value !== ""));
  const width = Math.max(...filled.map(([label]) => label.length)) + 2;
  return filled
    .flatMap(([label, values]) =>
      values.map((value, line) => `${(line === 0 ? `${label}:` : "").padEnd(width)}${value}`),
    )
    .join("\n");
}

/** The text in lines of at most so many characters, broken between words. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
