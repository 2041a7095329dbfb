import { type FSWatcher, mkdirSync, watch } from "node:fs";
import { readFile } from "node:fs/promises";

/** Calls with the id of every container whose exit status conmon writes into this directory. Does not keep the process alive. */
export function watchExits(directory: string, exited: (id: string) => void): FSWatcher {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // conmon renames a whole file to the id; what it writes before has a longer name.
  return watch(directory, { persistent: false }, (_event, name) => {
    if (name && /^[0-9a-f]{8}$/.test(name)) exited(name);
  });
}

/** The exit status that conmon wrote; undefined before that. */
export async function readExitStatus(path: string): Promise<number | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}
