import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { AnswerReader } from "./call-answer.ts";

/** How a command ended that a guest ran for the host. */
export interface Ended {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/**
 * The connection to a shell that waits in the guest of a fork since before it was forked, see the guest's script: it has nothing to start,
 * and tells unasked when it is through. It does one thing at a time.
 */
export class CallLine {
  readonly #socket: Socket;
  readonly #reader = new AnswerReader();
  #busy = false;
  #retired = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#reader.add(bytes));
    socket.on("error", () => undefined);
    socket.once("close", () => this.#reader.end());
  }

  static async open(path: string, signal: AbortSignal): Promise<CallLine> {
    const socket = connect(path);
    await once(socket, "connect", { signal });
    return new CallLine(socket);
  }

  /** Tells it what the machine is to be: KEY=VALUE, whose values may have several lines. Throws what the guest says when it cannot be that. */
  async become(words: readonly string[], signal: AbortSignal): Promise<void> {
    const end = () => this.#socket.destroy();
    signal.addEventListener("abort", end, { once: true });
    try {
      this.#socket.write(`${words.map((word) => word.replaceAll("\n", "\n+")).join("\n")}\nbecome\n`);
      for (let line = await this.#reader.line(); line !== "done"; line = await this.#reader.line()) {
        if (line.startsWith("failed")) throw new Error(line.slice("failed ".length));
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", end);
    }
  }

  /** Runs a command, with `callWords`, which has nothing to read. Undefined: it cannot now. Rejects when the connection is lost. */
  run(token: string, words: readonly string[]): Promise<Ended> | undefined {
    if (!this.#free || words.some((word) => /[\n\0]/.test(word))) return undefined;
    this.#socket.write(`${words.map((word) => `word ${word}\n`).join("")}run ${token}\n`);
    return this.#alone(this.#reader.answer(token));
  }

  /** Has it do what it knows under this name, within so many milliseconds. Undefined: it cannot now. */
  order(what: "go" | "renew", bound: number): Promise<void> | undefined {
    if (!this.#free) return undefined;
    this.#socket.write(`${what}\n`);
    const late = setTimeout(() => this.#socket.destroy(), bound);
    return this.#alone(this.#reader.line())
      .then(() => undefined)
      .finally(() => clearTimeout(late));
  }

  /** It is needed no more than for what it does already. */
  retire(): void {
    this.#retired = true;
    if (!this.#busy) this.#socket.destroy();
  }

  close(): void {
    this.#retired = true;
    this.#socket.destroy();
  }

  get #free(): boolean {
    return !this.#busy && !this.#retired && !this.#socket.destroyed;
  }

  async #alone<T>(answer: Promise<T>): Promise<T> {
    this.#busy = true;
    try {
      return await answer;
    } finally {
      this.#busy = false;
      if (this.#retired) this.#socket.destroy();
    }
  }
}
