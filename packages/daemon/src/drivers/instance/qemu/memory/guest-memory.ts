import type { GuestAgent } from "@lodge/qmp";
import type { GuestReport } from "./guest-report.ts";
import { readGuestMemory } from "./read-guest.ts";

/** A report, and when it was made; milliseconds. */
export interface TimedReport {
  readonly at: number;
  readonly report: GuestReport;
}

export interface GuestMemoryOptions {
  /** Connects to the guest's agent; throws when it does not answer in time. */
  readonly connect: () => Promise<GuestAgent>;
  /** Milliseconds. */
  readonly clock: () => number;
}

/** Milliseconds from one question to the next: of a guest that works, and of one that stands still. */
const busyInterval = 800;
const idleInterval = 15_000;
/** A report that is older says nothing of now. */
const validity = 3 * idleInterval;
/** Milliseconds until a guest is asked again that did not answer; twice as long each time. */
const [firstPause, longestPause] = [5_000, 300_000];

/** What a guest says of its memory, asked for in the background: nobody waits for a guest. */
export class GuestMemory {
  readonly #options: GuestMemoryOptions;
  #last: TimedReport | undefined;
  /** Whether the last question was answered. */
  #answers = false;
  #asking = false;
  #nextAt = 0;
  #pause = firstPause;

  constructor(options: GuestMemoryOptions) {
    this.#options = options;
  }

  /** The newest report; has the next one made when it is time for it. `busy`: the guest works. */
  latest(busy: boolean): TimedReport | undefined {
    const now = this.#options.clock();
    const due =
      busy && this.#last && this.#answers ? Math.min(this.#nextAt, this.#last.at + busyInterval) : this.#nextAt;
    if (!this.#asking && now >= due) void this.#ask();
    return this.#last && now - this.#last.at < validity ? this.#last : undefined;
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const report = await this.#read().catch(() => undefined);
    this.#asking = false;
    const at = this.#options.clock();
    this.#answers = report !== undefined;
    if (report) {
      this.#last = { at, report };
      this.#pause = firstPause;
      this.#nextAt = at + idleInterval;
    } else {
      // It may be kept busy: what it said before still counts for a while.
      this.#nextAt = at + this.#pause;
      this.#pause = Math.min(2 * this.#pause, longestPause);
    }
  }

  /** The port takes one connection at a time, and others need it too. */
  async #read(): Promise<GuestReport | undefined> {
    using agent = await this.#options.connect();
    return await readGuestMemory(agent);
  }
}
