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
