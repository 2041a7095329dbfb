import type { Logger } from "pino";
import type { Client } from "ssh2";

/** Milliseconds for somebody to ask a guest that is new for something, before its sshd is started beside that. */
const quiet = 250;
export interface MeetingSteps {
  /** Has the guest's sshd begin anew. */
  renew(): Promise<void>;
  /** Begins to connect to it. */
  connect(): void;
}

/** Under way: the guest was introduced, and the connection has not stood yet. */
type Stage = "before" | "under way" | "over";

/**
 * How the guest of a fork comes to its ssh connection. In an emulated guest an sshd that starts takes the processor for the better part
 * of a second: so it starts when nobody wants anything else of the guest, or when somebody needs it.
 */
export class Meeting {
  readonly met: Promise<Client>;
  readonly #steps: MeetingSteps;
  readonly #log: Logger;
  readonly #met = Promise.withResolvers<Client>();
  #stage: Stage = "before";
  #begun = false;
  #timer: NodeJS.Timeout | undefined;

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
    this.within(quiet);
  }

  /** It begins in so many milliseconds, whatever was said before. */
  within(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#begun || this.#stage !== "under way") return;
    this.#timer = setTimeout(() => this.begin("renew"), milliseconds).unref();
  }

  /** Once. `connect`: the guest's sshd has begun anew already. */
  begin(how: "renew" | "connect"): void {
    if (this.#begun) return;
    this.#begun = true;
    void (how === "renew" ? this.#renew() : Promise.resolve()).then(() => {
      if (this.#stage !== "over") this.#steps.connect();
    });
  }

  done(client: Client): void {
    this.#stage = "over";
    this.#met.resolve(client);
  }

  /** The run is over, or is let go of. */
  end(): void {
    clearTimeout(this.#timer);
    this.#begun = true;
    this.#stage = "over";
  }

  async #renew(): Promise<void> {
    try {
      await this.#steps.renew();
    } catch (err) {
      if (this.#stage === "over") return;
      this.#log.warn({ err }, "the guest's agent does not start its sshd anew");
    }
  }
}
