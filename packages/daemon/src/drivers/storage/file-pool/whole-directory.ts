import { chmod, mkdir, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { syncPath } from "../../../system/durable.ts";
import { exchange } from "../../../system/exchange.ts";
import { partialName, removeTree } from "./remove-tree.ts";
import { asSpaceError } from "./space.ts";

export interface WholeDirectory {
  readonly path: string;
  /** Permissions once it is whole; root alone may enter it before. */
  readonly mode: number;
  /** What is made, for the error when the file system runs full. */
  readonly what: string;
  /** Runs what makes it seen; missing: at once. */
  readonly turn?: (place: () => Promise<void>) => Promise<void>;
  /** What becomes of a directory that was replaced, under a name that `reconcile` takes for half-removed; missing: it is removed at once. */
  readonly discard?: (replaced: string) => void;
}

type Fill = (directory: string) => Promise<void>;

/** Makes a directory that is there whole or not at all: filled under a temporary name, renamed, removed on failure. */
export function makeWhole(whole: WholeDirectory, fill: Fill): Promise<void> {
  return fillPartial(whole, fill, (partial) => rename(partial, whole.path));
}

/** As `makeWhole`, in the place of a directory that is there: it is what it was or what it shall be, at every instant. */
export async function replaceWhole(whole: WholeDirectory, fill: Fill): Promise<void> {
  let replaced = "";
  await fillPartial(whole, fill, async (partial) => {
    exchange(partial, whole.path);
    replaced = partial;
  });
  if (whole.discard) whole.discard(replaced);
  else await removeTree(replaced);
}

async function fillPartial(whole: WholeDirectory, fill: Fill, place: Fill): Promise<void> {
  const directory = partialName(whole.path);
  try {
    await mkdir(directory, { mode: 0o700 });
    await fill(directory);
    await chmod(directory, whole.mode);
    await syncPath(directory);
    if (whole.turn) await whole.turn(() => place(directory));
    else await place(directory);
  } catch (error) {
    await removeTree(directory);
    throw asSpaceError(error, whole.what);
  }
  await syncPath(dirname(whole.path));
}
