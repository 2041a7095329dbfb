import { randomUUID } from "node:crypto";
import type { Event, Operation } from "@lodge/api";
import { asLodgeError, type ErrorCode, httpStatus, LodgeError } from "@lodge/api/errors";
import type { WebSocket } from "ws";
import { errorReply, type FakeReply, type FakeServer, syncReply } from "./fake-server.ts";

/** Work of a fake operation: reports progress, resolves with more metadata, or throws. */
export type FakeWork = (
  update: (metadata: Record<string, unknown>) => void,
  signal: AbortSignal,
) => Promise<Record<string, unknown> | undefined>;

interface Running {
  operation: Operation;
  readonly finished: Promise<void>;
  readonly cancel: AbortController;
  readonly sockets: Map<string, PromiseWithResolvers<WebSocket>>;
}

/** Operations and events as a daemon has them, for one FakeServer. */
export class FakeOperations {
  readonly #running = new Map<string, Running>();
  readonly #listeners = new Set<WebSocket>();

  constructor(server: FakeServer) {
    const one = /^\/1\.0\/operations\/([^/]+)$/;
    server.onWebSocket(/^\/1\.0\/events$/, (socket) => {
      this.#listeners.add(socket);
      socket.on("close", () => this.#listeners.delete(socket));
    });
    server.on("GET", /^\/1\.0\/operations$/, () => syncReply(this.#byStatus()));
    server.on("GET", one, ({ params }) => this.#with(params[0], ({ operation }) => syncReply(operation)));
    server.on("DELETE", one, ({ params }) =>
      this.#with(params[0], ({ cancel }) => {
        cancel.abort();
        return syncReply({});
      }),
    );
    server.on("GET", /^\/1\.0\/operations\/([^/]+)\/wait$/, ({ params }) =>
      this.#with(params[0], async (running) => {
        await running.finished;
        return syncReply(running.operation);
      }),
    );
    server.onWebSocket(/^\/1\.0\/operations\/([^/]+)\/websocket$/, (socket, { params, query }) => {
      this.#running
        .get(params[0] ?? "")
        ?.sockets.get(query.get("secret") ?? "")
        ?.resolve(socket);
    });
  }

  emit(type: Event["type"], metadata: unknown): void {
    const event = { type, timestamp: new Date().toISOString(), metadata, location: "none", project: "default" };
    for (const socket of this.#listeners) socket.send(JSON.stringify(event));
  }

  /** Starts work and answers as the daemon does. `sockets` names those of a session; their secrets are their names. */
  start(
    description: string,
    instance: string,
    work: FakeWork,
    sockets: readonly string[] = [],
    more: Operation["resources"] = {},
  ): FakeReply {
    const now = new Date().toISOString();
    const fds = Object.fromEntries(sockets.map((name) => [name, name]));
    const running: Running = {
      operation: {
        id: randomUUID(),
        class: sockets.length > 0 ? "websocket" : "task",
        description,
        created_at: now,
        updated_at: now,
        status: "Running",
        status_code: 103,
        resources: { instances: [`/1.0/instances/${instance}`], ...more },
        metadata: sockets.length > 0 ? { fds } : {},
        may_cancel: sockets.length === 0,
        err: "",
        err_code: "",
        location: "none",
      },
      finished: Promise.resolve(),
      cancel: new AbortController(),
      sockets: new Map(sockets.map((name) => [name, Promise.withResolvers()])),
    };
    this.#running.set(running.operation.id, running);
    Object.assign(running, { finished: this.#run(running, work) });
    const { operation } = running;
    const envelope = { type: "async", status: "Operation created", status_code: 100, error_code: 0, error: "" };
    return {
      status: 202,
      body: JSON.stringify({ ...envelope, operation: `/1.0/operations/${operation.id}`, metadata: operation }),
    };
  }

  /** The websocket of the newest session, once the client has opened it. */
  socket(name: string): Promise<WebSocket> {
    const newest = [...this.#running.values()].findLast((running) => running.sockets.has(name));
    return newest?.sockets.get(name)?.promise ?? Promise.reject(new Error(`no session has ${name}`));
  }

  async #run(running: Running, work: FakeWork): Promise<void> {
    const change = (patch: Partial<Operation>) => {
      running.operation = { ...running.operation, ...patch, updated_at: new Date().toISOString() };
      this.emit("operation", running.operation);
    };
    const update = (metadata: Record<string, unknown>) =>
      change({ metadata: { ...running.operation.metadata, ...metadata } });
    try {
      await new Promise((resolve) => setImmediate(resolve));
      update((await work(update, running.cancel.signal)) ?? {});
      change({ status: "Success", status_code: 200 });
    } catch (error) {
      const { code, message } = asLodgeError(error);
      const cancelled = running.cancel.signal.aborted;
      change({
        status: cancelled ? "Cancelled" : "Failure",
        status_code: cancelled ? 401 : 400,
        err: cancelled ? `${running.operation.description}: cancelled` : message,
        err_code: cancelled ? "operation_cancelled" : code,
      });
    }
  }

  #with(id: string | undefined, answer: (running: Running) => FakeReply | Promise<FakeReply>) {
    const running = this.#running.get(id ?? "");
    return running ? answer(running) : errorReply(404, "operation_not_found", `There is no operation ${id}.`);
  }

  #byStatus(): Record<string, Operation[]> {
    return Object.groupBy(
      [...this.#running.values()].map(({ operation }) => operation),
      ({ status }) => status.toLowerCase(),
    ) as Record<string, Operation[]>;
  }
}

/** Shorthand for what fake work throws and fake routes answer. */
export function failure(code: ErrorCode, message: string): LodgeError {
  return new LodgeError({ code, message });
}

export function failureReply(error: LodgeError): FakeReply {
  return errorReply(httpStatus[error.kind], error.code, error.message);
}
