import { writeFile } from "node:fs/promises";
import type { Config } from "@lodge/api";
import type { Log } from "@lodge/core";

export interface MergeSwitchOptions {
  readonly config: () => Promise<Config>;
  readonly log: Pick<Log, "info" | "warn">;
  /** The kernel's switch: 1 looks for equal pages, 2 takes all that were merged apart. */
  readonly file?: string;
}

const states = new Map([
  ["on", "1"],
  ["off", "2"],
]);

/** Switches the kernel's merging of equal pages (KSM) as `governor.memory.merge` says. It is the host's: where nothing is said it is left alone. */
export class MergeSwitch {
  readonly #options: MergeSwitchOptions;
  #done = "";

  constructor(options: MergeSwitchOptions) {
    this.#options = options;
  }

  /** Never throws. */
  async look(): Promise<void> {
    const { config, log, file = "/sys/kernel/mm/ksm/run" } = this.#options;
    try {
      const { "governor.memory.merge": wanted = "" } = await config();
      if (wanted === this.#done) return;
      this.#done = wanted;
      const state = states.get(wanted);
      if (state === undefined) return;
      await writeFile(file, state);
      log.info({ merge: wanted }, "the kernel's merging of equal pages was switched");
    } catch (err) {
      log.warn({ err }, "the kernel's merging of equal pages could not be switched");
    }
  }
}
