import { connectGuestAgent, type GuestAgent, QmpError } from "@lodge/qmp";

/** Milliseconds for which the connection stays after its last use: until then another may follow. */
const linger = 500;

/**
 * The connection to a guest's agent, for several who need it at the same time: QEMU lets one client in after the other, and each would
 * have to find out first where the answers to the one before end.
 */
export class AgentLine {
  readonly #path: string;
  readonly #timeout: number;
  #connection: Promise<GuestAgent> | undefined;
  #users = 0;
  #end: NodeJS.Timeout | undefined;

  /** `timeout`: milliseconds for each answer. */
  constructor(path: string, timeout: number) {
    this.#path = path;
    this.#timeout = timeout;
  }

  async use<T>(work: (agent: GuestAgent) => Promise<T>): Promise<T> {
    clearTimeout(this.#end);
    this.#users++;
    const connection = (this.#connection ??= connectGuestAgent({ path: this.#path, timeout: this.#timeout }));
    try {
      return await work(await connection);
    } catch (error) {
      // A refusal is an answer; after anything else the next one begins anew.
      if (!(error instanceof QmpError)) this.#drop(connection);
      throw error;
    } finally {
      this.#users--;
      if (this.#users === 0) this.#end = setTimeout(() => this.close(), linger).unref();
    }
  }

  close(): void {
    if (this.#connection) this.#drop(this.#connection);
  }

  #drop(connection: Promise<GuestAgent>): void {
    if (this.#connection === connection) this.#connection = undefined;
    connection.then(
      (agent) => agent.close(),
      () => undefined,
    );
  }
}
