import { join } from "node:path";
import { mustRun, runCommand } from "./command.ts";

/** Files that fill a file system, in a directory of it. */
export class Ballast {
  readonly #directory: () => string;

  constructor(directory: () => string) {
    this.#directory = directory;
  }

  /** Until not even `least` bytes more can be had. */
  async fill(least: number): Promise<void> {
    const directory = this.#directory();
    await mustRun("sync", ["--file-system", directory]);
    const free = Number(await mustRun("stat", ["--file-system", "--format=%a", directory])) * 4096;
    // Less at each step: metadata take some of it.
    for (const size of [free, free / 2, 2 ** 24, 2 ** 20, 2 ** 16, 2 ** 12].filter((bytes) => bytes >= least)) {
      for (let count = 0; count < 16; count++) {
        const file = join(directory, `ballast-${size}-${count}`);
        const { status } = await runCommand("fallocate", ["--length", `${Math.floor(size)}`, file]);
        if (status !== 0) break;
      }
    }
  }

  async remove(): Promise<void> {
    await mustRun("sh", ["-ec", `rm -f ${this.#directory()}/ballast-*; sync --file-system ${this.#directory()}`]);
  }
}
