import { chmod, mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { partialName, removeTree } from "./remove-tree.ts";
import { asSpaceError } from "./space.ts";

export interface WholeDirectory {
  readonly path: string;
  /** Permissions once it is whole; root alone may enter it before. */
  readonly mode: number;
  /** What is made, for the error when the file system runs full. */
  readonly what: string;
}

/** Makes a directory that is there whole or not at all: filled under a temporary name, renamed, removed on failure. */
export async function makeWhole(whole: WholeDirectory, fill: (directory: string) => Promise<void>): Promise<void> {
  const directory = partialName(whole.path);
  await mkdir(directory, { mode: 0o700 });
  try {
    await fill(directory);
    await chmod(directory, whole.mode);
    await rename(directory, whole.path);
  } catch (error) {
    await removeTree(directory);
    throw asSpaceError(error, whole.what);
  }
  await using parent = await open(dirname(whole.path), "r");
  await parent.sync();
}
