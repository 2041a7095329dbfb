import type { Duplex, Readable } from "node:stream";
import { LodgeError } from "@lodge/api/errors";
import type { WebSocket } from "ws";
import { type Answer, answerError, decode } from "./envelope.ts";
import { RunningOperation } from "./running-operation.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface CallOptions {
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a stream that is sent as it is. */
  readonly body?: unknown;
  readonly stream?: Readable;
  readonly signal?: AbortSignal | undefined;
}

/** The rules of the wire in one place: paths, the project, envelopes, operations. */
export class Rest {
  readonly #transport: Transport;
  readonly #project: string | undefined;

  constructor(transport: Transport, project?: string) {
    this.#transport = transport;
    this.#project = project;
  }

  async get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
    return syncValue(await this.#call<T>("GET", path, { ...(query && { query }), signal }));
  }

  /** A value and the ETag that a change of it sends back. */
  async getTagged<T>(path: string): Promise<{ value: T; etag: string }> {
    const response = await this.#send("GET", path, {});
    const { etag } = response.headers;
    return { value: syncValue(await decode<T>(response)), etag: typeof etag === "string" ? etag : "" };
  }

  /** A call that is answered at once. */
  async call<T>(method: HttpRequest["method"], path: string, options: CallOptions = {}): Promise<T> {
    return syncValue(await this.#call<T>(method, path, options));
  }

  /** A call that starts an operation. */
  async start(method: HttpRequest["method"], path: string, options: CallOptions = {}): Promise<RunningOperation> {
    const answer = await this.#call<unknown>(method, path, options);
    if (answer.type !== "async") throw unexpected("an operation", answer.type);
    return new RunningOperation(this, answer.metadata);
  }

  /** A call whose answer is no JSON: files, images, logs. */
  async raw(method: HttpRequest["method"], path: string, options: CallOptions = {}): Promise<HttpResponse> {
    const response = await this.#send(method, path, options);
    if (response.status >= 400) throw await answerError(response);
    return response;
  }

  openWebSocket(path: string, query: Query = {}, signal?: AbortSignal): Promise<WebSocket> {
    return this.#transport.openWebSocket(this.#address(path, query), signal);
  }

  upgrade(path: string, protocol: string, signal?: AbortSignal): Promise<Duplex> {
    return this.#transport.upgrade(this.#address(path, {}), protocol, signal);
  }

  async #call<T>(method: HttpRequest["method"], path: string, options: CallOptions): Promise<Answer<T>> {
    return decode<T>(await this.#send(method, path, options));
  }

  #send(method: HttpRequest["method"], path: string, options: CallOptions): Promise<HttpResponse> {
    const json = options.body === undefined ? undefined : JSON.stringify(options.body);
    const body = options.stream ?? json;
    return this.#transport.send({
      method,
      path: this.#address(path, options.query ?? {}),
      headers: { ...(json !== undefined && jsonHeaders(json)), ...options.headers },
      ...(body !== undefined && { body }),
      signal: options.signal,
    });
  }

  #address(path: string, query: Query): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries({ project: this.#project, ...query })) {
      if (value !== undefined) search.set(name, String(value));
    }
    return search.size === 0 ? path : `${path}?${search}`;
  }
}

function jsonHeaders(json: string): Record<string, string> {
  return { "content-type": "application/json", "content-length": String(new TextEncoder().encode(json).length) };
}

function syncValue<T>(answer: Answer<T>): T {
  if (answer.type !== "sync") throw unexpected("a value", answer.type);
  return answer.metadata;
}

function unexpected(wanted: string, got: string): LodgeError {
  return new LodgeError({
    code: "internal",
    message: `lodged answered with type "${got}" where ${wanted} was expected; do client and daemon have the same version?`,
  });
}
