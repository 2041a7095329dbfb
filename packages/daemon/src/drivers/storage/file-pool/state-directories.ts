/** Kept states of machines as directories: a pool says where those of a root lie. */
import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { InstanceId, RootStates, StateId, StateOf } from "@lodge/core";
import { syncPath } from "../../../system/durable.ts";
import { requireSpace } from "./space.ts";

export class StateDirectories implements RootStates {
  readonly #directoryOf: (root: InstanceId) => string;

  /** The directory of a root's states, which need not be there; the one above it is, while there is the root. */
  constructor(directoryOf: (root: InstanceId) => string) {
    this.#directoryOf = directoryOf;
  }

  async create(of: StateOf, bytes: number): Promise<string> {
    const all = this.#directoryOf(of.root);
    await mkdir(all, { recursive: true });
    await requireSpace(all, bytes, "The memory of a virtual machine");
    const directory = this.path(of);
    await mkdir(directory);
    for (const each of [join(all, ".."), all, directory]) await chmod(each, 0o711);
    for (const each of [all, join(all, "..")]) await syncPath(each);
    return directory;
  }

  path({ root, state }: StateOf): string {
    return join(this.#directoryOf(root), state);
  }

  async retain(root: InstanceId, states: readonly StateId[]): Promise<void> {
    const all = this.#directoryOf(root);
    const there = await readdir(all).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const doomed = there.filter((name) => !states.includes(name as StateId));
    await Promise.all(doomed.map((name) => rm(join(all, name), { recursive: true, force: true })));
  }
}
