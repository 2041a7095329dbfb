import { setTimeout as delay } from "node:timers/promises";
import type { QmpClient, QmpEvent } from "@lodge/qmp";
import type { Logger } from "pino";

/** Milliseconds between attempts to go on. */
const pause = 5_000;

export interface StallOptions {
  /** Undefined: QEMU does not answer. */
  readonly qmp: () => QmpClient | undefined;
  readonly log: Logger;
  /** Begins with why the machine stands still; undefined: it goes on. */
  readonly changed: (problem: string | undefined) => void;
  /** Milliseconds; for tests. */
  readonly pause?: number;
}

/**
 * A machine stands still when the host has no room for what its guest writes (QEMU's `werror=enospc`), and QEMU keeps what could not be
 * written. Told to go on, it writes that again: so it goes on by itself once there is room, and the guest has lost nothing but time.
 */
export class DiskStall {
  readonly #options: StallOptions;
  #problem: string | undefined;

  constructor(options: StallOptions) {
    this.#options = options;
  }

  /** Why the machine stands still. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Of QEMU's events. */
  notice({ name, data }: QmpEvent): void {
    if (name !== "BLOCK_IO_ERROR" || data["action"] !== "stop") return;
    void this.begin(`${data["reason"] ?? "No space left on device"}`);
  }

  /** Tries to let it go on until it does, or does something else. Never rejects. */
  async begin(reason = "No space left on device"): Promise<void> {
    if (this.#problem !== undefined) return;
    const { log, changed } = this.#options;
    this.#problem = `Its guest stands still because a disk cannot be written on the host (${reason}); it goes on by itself once there is room.`;
    log.warn({ reason }, "a guest stands still until the host has room for what it writes");
    changed(this.#problem);
    while (await this.#stands()) await delay(this.#options.pause ?? pause, undefined, { ref: false });
    this.#problem = undefined;
    log.info("the guest goes on");
    changed(undefined);
  }

  /** Also when it went on and stood still again at once. */
  async #stands(): Promise<boolean> {
    const qmp = this.#options.qmp();
    if (!qmp) return false;
    try {
      if ((await qmp.execute("query-status")).status !== "io-error") return false;
      await qmp.execute("cont");
      return true;
    } catch {
      return !qmp.closed;
    }
  }
}
