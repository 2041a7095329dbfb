/** What must be on disk before something else may count on it. */
import { open, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { run } from "./run.ts";

/** A file's content, or a directory's names. */
export async function syncPath(path: string): Promise<void> {
  await using handle = await open(path, "r");
  await handle.sync();
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
