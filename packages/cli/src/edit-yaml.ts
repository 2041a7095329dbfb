import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { asLodgeError } from "@lodge/api/errors";
import type { Context } from "./context.ts";
import { runEditor } from "./editor.ts";
import { sortedYamlText } from "./render/format.ts";
import { Leaving, reportError } from "./report-error.ts";
import { type TemporaryCopy, withTemporaryCopy } from "./temporary-copy.ts";

export interface YamlEdit {
  /** Names the file that the editor is given: `web`. */
  readonly name: string;
  /** Stands above the YAML as comment lines. */
  readonly heading: readonly string[];
  /** What is there now. */
  readonly value: unknown;
  /** Reads the YAML and sends it. What it refuses is shown, and may be edited again. */
  readonly save: (yaml: string) => Promise<void>;
}

/**
 * Lets the user edit an object as YAML. Off a terminal, standard input is the new YAML. Unchanged: nothing is sent. What was written
 * and could not be saved is kept.
 */
export async function editYaml(context: Context, edit: YamlEdit): Promise<void> {
  const { stdin } = context.surroundings;
  if (!stdin.isTTY) return edit.save(await text(stdin));
  const yaml = [...edit.heading.map((line) => `# ${line}`), "", await sortedYamlText(edit.value)].join("\n");
  await withTemporaryCopy(context, `${edit.name}.yaml`, Buffer.from(yaml), (copy) =>
    editUntilSaved(context, edit, copy),
  );
}

async function editUntilSaved(context: Context, edit: YamlEdit, copy: TemporaryCopy): Promise<void> {
  for (;;) {
    await runEditor(context.surroundings, copy.path);
    const yaml = await copy.changed();
    if (yaml === undefined) return context.note("Nothing was changed.");
    try {
      return await edit.save(yaml.toString());
    } catch (error) {
      // After another's change the text stands on what is no longer there.
      if (error instanceof Leaving || asLodgeError(error).code === "etag_mismatch") throw error;
      const status = reportError(error, context.surroundings, context.globals.debug ?? false);
      if (!(await wantsAgain(context))) throw new Leaving(status);
    }
  }
}

/** Enter: again. Ctrl-C, or the end of the input: no. */
async function wantsAgain({ surroundings: { stdin, stderr } }: Context): Promise<boolean> {
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    return await new Promise<boolean>((resolve) => {
      terminal.question("Press Enter to edit it again, Ctrl-C to give up. ", () => resolve(true));
      terminal.once("SIGINT", () => resolve(false));
      terminal.once("close", () => resolve(false));
    });
  } finally {
    terminal.close();
  }
}
