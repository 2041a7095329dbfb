/** The forms that generated pages are made of. */

export const generated = "<!-- Made by `npm run docs`. Change the source that it names instead. -->";

/**
 * @param {string} title
 * @param {readonly string[]} blocks
 */
export function page(title, blocks) {
  return `# ${title}\n\n${blocks.join("\n\n")}\n`;
}

/**
 * @param {readonly string[]} header
 * @param {readonly (readonly string[])[]} rows
 */
export function table(header, rows) {
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
