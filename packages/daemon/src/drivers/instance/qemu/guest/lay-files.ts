/** Files that are made of an instance's templates: its disk is not written to from outside, so the guest's own shell writes them. */
import type { LaidFile } from "@lodge/core";
import type { Logger } from "pino";
import type { RunDirectory } from "../run-directory.ts";
import { quoteWord } from "./exec-command.ts";

/** Milliseconds for the guest to write them. */
export const layPatience = 30_000;

/** Has the guest's shell read a script. Throws with its words when that failed. */
export type ScriptReader = (script: string) => Promise<void>;

/**
 * Writes what the run was begun with into its guest, once: whoever comes first, the agent of a fork or ssh, does it. A guest that does not
 * take it is used without.
 */
export async function layNoted(
  directory: Pick<RunDirectory, "laid" | "forgetLaid">,
  read: ScriptReader,
  log: Logger,
): Promise<void> {
  try {
    const files = await directory.laid();
    if (files.length === 0) return;
    await read(layScript(files));
    await directory.forgetLaid();
  } catch (err) {
    log.warn({ err }, "files were not made of their templates in the guest");
  }
}

/** One that cannot be written keeps no other from it. */
export function layScript(files: readonly LaidFile[]): string {
  const lines = files.map(
    ({ path, content, createOnly }) => `lay ${quoteWord(path)} ${createOnly ? "new" : "any"} ${quoteWord(content)}`,
  );
  return [head, ...lines, "exit $status", ""].join("\n");
}

const head = `umask 022
status=0
lay() {
  [ "$2" = any ] || { [ ! -e "$1" ] && [ ! -L "$1" ]; } || return 0
  mkdir -p -- "\${1%/*}/" && printf %s "$3" >"$1" || status=1
}`;
