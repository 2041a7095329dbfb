import { mkdtempSync, truncateSync, writeFileSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { mustRun } from "./command.ts";

/** An ext4 in a file, mounted, of which nothing is kept for root. Dispose it when nothing in it is used any more. */
export async function mountSmallFileSystem(bytes: number): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = mkdtempSync("/tmp/lodge-fs-");
  const file = `${directory}.img`;
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(directory, { recursive: true }));
  stack.defer(() => rm(file, { force: true }));
  writeFileSync(file, "");
  truncateSync(file, bytes);
  await mustRun("mke2fs", ["-q", "-t", "ext4", "-m", "0", file]);
  await mustRun("mount", ["-o", "loop", file, directory]);
  stack.defer(async () => void (await mustRun("umount", [directory])));
  await chmod(directory, 0o711);
  const made = stack.move();
  return { directory, [Symbol.asyncDispose]: () => made.disposeAsync() };
}
