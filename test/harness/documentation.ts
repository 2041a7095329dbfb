import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "./programs.ts";

export interface CommandBlock {
  /** `README.md:42` */
  readonly place: string;
  readonly commands: string;
}

/** The blocks marked `sh`, or as another language, of a document: what it promises to work one after the other. */
export function commandBlocks(document: string, language = "sh"): CommandBlock[] {
  const blocks: CommandBlock[] = [];
  let open: { line: number; commands: string[] } | undefined;
  for (const [index, line] of readFileSync(join(checkout, document), "utf8").split("\n").entries()) {
    if (open && line === "```") {
      blocks.push({ place: `${document}:${open.line}`, commands: open.commands.join("\n") });
      open = undefined;
    } else if (open) open.commands.push(line);
    else if (line === `\`\`\`${language}`) open = { line: index + 1, commands: [] };
  }
  return blocks;
}
