import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Client } from "ssh2";

/** Milliseconds for somebody to ask a guest that is new for something, or for something more, before it goes on with anything else. */
const quiet = 500;
/** Milliseconds for which a command has the guest for itself. */
const head = 500;
/** Milliseconds for which commands that follow each other put off the connection at most. */
const longest = 3_000;
/** Milliseconds for an sshd to start and let us in, before others are let in as well. */
const patience = 10_000;

/** Milliseconds in which the end of a run shows. */
const grace = 500;

export interface MeetingSteps {
  /** Has the guest begin with what was left for later. */
  settle(): Promise<void>;
  /** Resolves when the guest may take the host's processors for what has time, until that is disposed of; at once when it becomes urgent. */
  turn(urgent: Promise<void>): Promise<Disposable>;
  /** Has the guest's sshd begin anew. */
  renew(): Promise<void>;
  /** Begins to connect to it. */
  connect(): void;
}

/** Under way: the guest was introduced, and the connection has not stood yet. */
type Stage = "before" | "under way" | "over";

/**
 * How the guest of a fork comes to its addresses and its ssh connection. In an emulated guest both take the processor for the better part
 * of a second: they begin when nobody wants anything else of the guest, or when somebody needs them.
 */
export class Meeting {
  readonly met: Promise<Client>;
  readonly #steps: MeetingSteps;
  readonly #log: Logger;
  readonly #met = Promise.withResolvers<Client>();
  readonly #urgent = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  #stage: Stage = "before";
  #next: "settle" | "meet" | "nothing" = "settle";
  #timer: NodeJS.Timeout | undefined;
  /** Until when the connection may be put off. */
  #bound = Number.POSITIVE_INFINITY;
  #hasty = false;
  #ended = false;

  constructor(steps: MeetingSteps, log: Logger) {
    this.met = this.#met.promise;
    this.#steps = steps;
    this.#log = log;
  }

  get stage(): Stage {
    return this.#stage;
  }

  introduce(): void {
    this.#stage = "under way";
    this.#within(quiet);
  }

  /** A command begins. */
  busy(): void {
    this.#within(head);
  }

  /** A command has ended. */
  free(): void {
    this.#within(this.#next === "settle" ? 0 : quiet);
  }

  /** Somebody waits for the connection. */
  hasten(): void {
    this.#hasty = true;
    this.#urgent.resolve();
    this.#within(0);
  }

  /** The guest was introduced to an earlier daemon, which may have come to nothing more (`anew`). */
  resume(anew: boolean): void {
    if (anew) {
      this.#stage = "under way";
      this.hasten();
    } else {
      this.#next = "nothing";
      this.#steps.connect();
    }
  }

  done(client: Client): void {
    this.#stage = "over";
    this.#over.resolve();
    this.#met.resolve(client);
  }

  /** The run is over, or is let go of. */
  end(): void {
    clearTimeout(this.#timer);
    this.#ended = true;
    this.#stage = "over";
    this.#over.resolve();
    this.#urgent.resolve();
  }

  #within(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#next === "nothing" || this.#stage !== "under way") return;
    const pause = this.#hasty ? 0 : Math.min(milliseconds, this.#bound - Date.now());
    this.#timer = setTimeout(() => void this.#goOn(), pause).unref();
  }

  async #goOn(): Promise<void> {
    if (this.#next === "settle") {
      this.#next = "nothing";
      {
        using _turn = await this.#steps.turn(this.#urgent.promise);
        if (this.#ended) return;
        await this.#ask("settle");
      }
      this.#next = "meet";
      this.#bound = Date.now() + longest;
      return this.#within(quiet);
    }
    this.#next = "nothing";
    using _turn = await this.#steps.turn(this.#urgent.promise);
    if (this.#ended) return;
    await this.#ask("renew");
    if (this.#ended) return;
    this.#steps.connect();
    await Promise.race([this.#over.promise, delay(patience, undefined, { ref: false })]);
  }

  async #ask(step: "settle" | "renew"): Promise<void> {
    try {
      await this.#steps[step]();
    } catch (err) {
      // Of a machine that ends the agent may be gone first.
      await Promise.race([this.#over.promise, delay(grace, undefined, { ref: false })]);
      if (!this.#ended) this.#log.warn({ err, step }, "the guest of a fork does not do what it is asked");
    }
  }
}
