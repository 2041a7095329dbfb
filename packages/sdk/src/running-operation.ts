import type { Operation } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { WebSocket } from "ws";
import { knownCode } from "./envelope.ts";
import { EventStream } from "./events.ts";
import type { Rest } from "./rest.ts";

export interface WaitOptions {
  /** Called with each state of the operation that is seen, the last one included. */
  readonly onProgress?: ((operation: Operation) => void) | undefined;
  /** Ends the waiting, not the operation. */
  readonly signal?: AbortSignal | undefined;
}

/** Seconds that one question to the daemon stays open. */
const longPoll = 60;

/** Slow work under way in the daemon. */
export class RunningOperation {
  readonly #rest: Rest;
  /** As it was when it began. */
  readonly started: Operation;

  constructor(rest: Rest, operation: Operation) {
    this.#rest = rest;
    this.started = operation;
  }

  get id(): string {
    return this.started.id;
  }

  /** Resolves with the finished operation; a failed or cancelled one is thrown as LodgeError. */
  async wait(options: WaitOptions = {}): Promise<Operation> {
    const { onProgress, signal } = options;
    const watching = onProgress && watch(this.#rest, this.id, onProgress);
    try {
      const final = await this.#final(signal);
      onProgress?.(final);
      return settle(final);
    } finally {
      watching?.abort();
    }
  }

  /** One of the websockets that the operation waits for, open and paused. */
  openWebSocket(secret: string): Promise<WebSocket> {
    return this.#rest.openWebSocket(`/1.0/operations/${this.id}/websocket`, { secret });
  }

  /** Asks the daemon to end the operation and undo it; `wait` then throws `operation_cancelled`. */
  async cancel(): Promise<void> {
    await this.#rest.call("DELETE", `/1.0/operations/${this.id}`);
  }

  async #final(signal: AbortSignal | undefined): Promise<Operation> {
    let operation = this.started;
    while (!isFinal(operation)) {
      try {
        operation = await this.#rest.get(`/1.0/operations/${this.id}/wait`, { timeout: longPoll }, signal);
      } catch (error) {
        throw interrupted(this.started, error);
      }
    }
    return operation;
  }
}

/** The operation, or its failure as an error. */
export function settle(operation: Operation): Operation {
  if (operation.status_code < 400) return operation;
  const cancelled = operation.status_code === 401;
  throw new LodgeError({
    code: knownCode(operation.err_code) ?? (cancelled ? "operation_cancelled" : "internal"),
    message:
      operation.err || `${operation.description}: ${cancelled ? "cancelled" : "failed, and no reason was given"}`,
  });
}

export function isFinal(operation: Operation): boolean {
  return operation.status_code >= 200;
}

/** Follows the operation's events in the background. Only news: failures to listen do not matter to the result. */
function watch(rest: Rest, id: string, onProgress: (operation: Operation) => void): AbortController {
  const end = new AbortController();
  const follow = async () => {
    const events = await EventStream.open(rest, { types: ["operation"], signal: end.signal });
    const now = await rest.get<Operation>(`/1.0/operations/${id}`, {}, end.signal);
    if (!isFinal(now)) onProgress(now);
    for await (const event of events) {
      const operation = event.metadata as Operation;
      if (operation.id === id && !isFinal(operation) && !end.signal.aborted) onProgress(operation);
    }
  };
  follow().catch(() => undefined);
  return end;
}

/** A daemon that went away takes its operations with it, and settles them when it comes back. */
function interrupted(operation: Operation, error: unknown): unknown {
  const lost =
    error instanceof LodgeError && (error.code === "daemon_unreachable" || error.code === "operation_not_found");
  if (!lost) return error;
  if (operation.class === "websocket") {
    return new LodgeError({
      code: "operation_interrupted",
      message: `lodged stopped and the session (${operation.description}) with it; the instance runs on. Repeat the command when lodged runs.`,
      cause: error,
    });
  }
  return new LodgeError({
    code: "operation_interrupted",
    message: `lodged stopped during "${operation.description}"; when it runs again it has undone or finished it. Look at \`lodge list\` and repeat the command if need be.`,
    cause: error,
  });
}
