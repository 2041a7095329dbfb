import type { Context } from "../context.ts";
import { localTarget, printFile, pullPath } from "../pull-files.ts";
import type { Located } from "./located.ts";

/** Copies files to a file or directory here, or (`-`) to standard output. */
export async function pullAll(
  context: Context,
  sources: readonly Located[],
  target: string,
  recursive: boolean,
): Promise<void> {
  const settings = { recursive, keepOwners: process.geteuid?.() === 0 };
  for (const { files, path, attempt } of sources) {
    await attempt(async () => {
      if (target === "-") return printFile(files, path, context.surroundings.stdout);
      return pullPath(files, path, await localTarget(path, target, sources.length > 1), settings);
    });
  }
}
