/** The small things that a VM keeps beside its disk (UEFI variables, the state of a TPM): a directory that goes where the disk goes. */
import { access, chmod, mkdir, readdir, readFile, rename } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { syncPath, syncTree } from "../../../system/durable.ts";
import { exchange } from "../../../system/exchange.ts";
import { run } from "../../../system/run.ts";
import { partialName, removeTree } from "./remove-tree.ts";

/** Makes it where there is none; processes that are not root pass through to what of it is theirs. */
export async function openState(state: string): Promise<void> {
  await mkdir(state, { recursive: true });
  for (const directory of [dirname(state), state]) await chmod(directory, 0o711);
}

/** A copy that is not in its place yet; disposed of, it is there or gone. */
export interface StagedState extends AsyncDisposable {
  /** Takes the place of what is there, at one instant. */
  place(): Promise<void>;
}

/** Copies what there is; nothing is as good as an empty directory, which most machines have. */
export async function stageState(from: string, to: string): Promise<StagedState> {
  const partial = partialName(to);
  const staged: StagedState = {
    place: async () => {
      if (await isThere(to)) exchange(partial, to);
      else await rename(partial, to);
    },
    [Symbol.asyncDispose]: () => removeTree(partial),
  };
  await mkdir(partial);
  try {
    if (await holdsAnything(from)) {
      const args = ["--archive", "--reflink=auto", "--no-target-directory", "--", from, partial];
      await run("cp", args, { timeout: 300_000, code: "pool_failed" });
    }
    return staged;
  } catch (error) {
    await staged[Symbol.asyncDispose]();
    throw error;
  }
}

/** In a moment in which a machine stands still: what is copied is on disk after `syncState`. */
export async function copyState(from: string, to: string): Promise<void> {
  await using staged = await stageState(from, to);
  await staged.place();
}

export async function syncState(state: string): Promise<void> {
  if (!(await isThere(state))) return;
  await syncTree(state);
  await syncPath(dirname(state));
}

/** Whether both hold the same files with the same content. */
export async function isSameState(one: string, other: string): Promise<boolean> {
  const [here, there] = [await contents(one), await contents(other)];
  return here.size === there.size && [...here].every(([name, content]) => there.get(name)?.equals(content) === true);
}

/** By the files' names. */
async function contents(state: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if (!(await isThere(state))) return found;
  for (const entry of await readdir(state, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found.set(relative(state, path), await readFile(path));
  }
  return found;
}

async function holdsAnything(state: string): Promise<boolean> {
  return (await isThere(state)) && (await readdir(state)).length > 0;
}

function isThere(state: string): Promise<boolean> {
  return access(state).then(
    () => true,
    () => false,
  );
}
