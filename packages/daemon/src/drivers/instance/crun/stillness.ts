/** Containers that are frozen for a moment, because somebody reads what they write. */
import { access, rm, writeFile } from "node:fs/promises";
import type { Cgroups } from "../../../system/cgroups.ts";
import type { Run } from "./run.ts";

export class Stillness {
  readonly #cgroups: Cgroups;
  readonly #held = new Map<string, Promise<unknown>>();

  constructor(cgroups: Cgroups) {
    this.#cgroups = cgroups;
  }

  /** Runs work while the container is frozen. One that the user paused stays as it is, before and after. */
  async hold<T>({ id, paths }: Run, work: () => Promise<T>): Promise<T> {
    if (await this.#cgroups.frozen(id)) return work();
    // Noted first: a daemon that finds the note thaws.
    await writeFile(paths.still, "");
    const held = this.#holdFrozen(id, work);
    this.#held.set(
      id,
      held.catch(() => undefined),
    );
    try {
      return await held;
    } finally {
      this.#held.delete(id);
      await rm(paths.still, { force: true });
    }
  }

  /** Whether it is frozen by `hold` now: to the user it runs. */
  holds(id: string): boolean {
    return this.#held.has(id);
  }

  /** Resolves when it is not, or not any more. */
  async over(id: string): Promise<void> {
    await this.#held.get(id);
  }

  /** Thaws what a daemon froze that died meanwhile. */
  async end({ id, paths }: Run): Promise<void> {
    const noted = await access(paths.still).then(
      () => true,
      () => false,
    );
    if (!noted) return;
    await this.#cgroups.thaw(id);
    await rm(paths.still, { force: true });
  }

  async #holdFrozen<T>(id: string, work: () => Promise<T>): Promise<T> {
    try {
      await this.#cgroups.freeze(id);
      return await work();
    } finally {
      await this.#cgroups.thaw(id);
    }
  }
}
