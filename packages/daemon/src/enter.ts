import { makeDirectories } from "./lifetime.ts";
import { readSettings } from "./settings.ts";
import { enterMountNamespace } from "./system/namespaces.ts";
import { LodgePaths } from "./system/paths.ts";

/**
 * Has a daemon that is to serve go on inside its mount namespace before its program is read: it begins anew there, and reading takes a
 * third of a second. What is wrong the program says, which does the same again.
 */
export async function enter(): Promise<void> {
  if ((process.argv[2] ?? "serve") !== "serve") return;
  try {
    const paths = new LodgePaths(readSettings(process.env, "/").directory);
    await makeDirectories(paths);
    await enterMountNamespace(paths);
  } catch {}
}
