/** What must be on disk before something else may count on it. */
import { open, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./run.ts";

/** A file's content, or a directory's names. */
export async function syncPath(path: string): Promise<void> {
  await using handle = await open(path, "r");
  await handle.sync();
}

/** A small tree of files and directories, without what its links lead to. */
export async function syncTree(path: string): Promise<void> {
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() || entry.isDirectory()) await syncPath(join(entry.parentPath, entry.name));
  }
  await syncPath(path);
}

/** Everything that was written to the file system which holds this path. */
export async function syncFileSystem(path: string, signal?: AbortSignal): Promise<void> {
  await run("sync", ["--file-system", path], { timeout: 600_000, code: "pool_failed", ...(signal && { signal }) });
}

/** Replaces a small file: after a crash at any instant it is the old one or the new one, whole. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const next = `${path}.new`;
  await writeFile(next, content, { mode: 0o600, flush: true });
  await rename(next, path);
  await syncPath(dirname(path));
}

/**
 * What a small file of ours holds, that `replaceFile` did not write; undefined when there is none, or, as a power cut may leave it, none
 * that is whole.
 */
export async function readWhole<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (missing || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
