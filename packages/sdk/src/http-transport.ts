import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Socket } from "node:net";
import type { Duplex, Readable } from "node:stream";
import type { LodgeError } from "@lodge/api/errors";
import type { WebSocket } from "ws";
import { answerError } from "./envelope.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";

/** Where a daemon listens, and how it is spoken to there. */
export interface Endpoint {
  readonly agent: Agent;
  /** Of every request. */
  readonly options: RequestOptions;
  readonly host: string;
  request(options: RequestOptions, answered: (response: IncomingMessage) => void): ClientRequest;
  /** Before the path: `wss://192.0.2.1:8443`. */
  readonly websocketBase: string;
  /** A connection for a websocket. */
  connect(): Socket;
  /** What a failed connection means, and what to do. */
  failure(cause: unknown): LodgeError;
}

/** Milliseconds in which a connection must stand. */
const connectTimeout = 15_000;

/** HTTP and websockets, with connections kept alive. */
export class HttpTransport implements Transport {
  readonly #endpoint: Endpoint;
  readonly #trace: ((line: string) => void) | undefined;

  /** `trace` is told each request and its status. */
  constructor(endpoint: Endpoint, trace?: (line: string) => void) {
    this.#endpoint = endpoint;
    this.#trace = trace;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    try {
      return await this.#send(request);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      // Once: the next one may be as old.
      return this.#send(request, false);
    }
  }

  #send(request: HttpRequest, agent: Agent | false = this.#endpoint.agent): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const { method, path, headers, body, signal } = request;
      const begun = performance.now();
      const options = {
        ...this.#endpoint.options,
        // What is read once cannot be sent again: it gets a connection that nobody has closed yet.
        agent: typeof body === "object" ? false : agent,
        method,
        path,
        headers: { host: this.#endpoint.host, ...headers },
        ...(signal && { signal }),
      } as RequestOptions;
      const outgoing = this.#endpoint.request(options, (response) => {
        const status = response.statusCode ?? 0;
        this.#trace?.(`${method} ${path} → ${status} (${Math.round(performance.now() - begun)} ms)`);
        resolve({ status, headers: response.headers, body: response });
      });
      outgoing.once("socket", boundConnecting);
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        if (signal?.aborted) reject(signal.reason);
        else if (isStale(outgoing, error, method)) reject(new StaleConnection());
        else reject(this.#endpoint.failure(error));
      });
      if (typeof body === "object") stream(body, outgoing);
      else outgoing.end(body);
    });
  }

  async openWebSocket(path: string, signal?: AbortSignal): Promise<WebSocket> {
    signal?.throwIfAborted();
    const { WebSocket } = await import("ws");
    const endpoint = this.#endpoint;
    this.#trace?.(`websocket ${path.replace(/secret=[^&]*/, "secret=…")}`);
    return new Promise((resolve, reject) => {
      const ws = new WebSocket(`${endpoint.websocketBase}${path}`, {
        createConnection: () => endpoint.connect(),
        handshakeTimeout: connectTimeout,
        perMessageDeflate: false,
      });
      const abort = () => ws.terminate();
      signal?.addEventListener("abort", abort, { once: true });
      ws.once("open", () => {
        ws.off("error", fail);
        ws.on("error", () => ws.terminate());
        ws.pause();
        resolve(ws);
      });
      ws.once("unexpected-response", (_request, response) => {
        answerError({ status: response.statusCode ?? 0, headers: response.headers, body: response }).then(
          reject,
          reject,
        );
      });
      const fail = (error: Error) => reject(signal?.aborted ? signal.reason : endpoint.failure(error));
      ws.once("error", fail);
      ws.once("close", () => signal?.removeEventListener("abort", abort));
    });
  }

  async upgrade(path: string, protocol: string, signal?: AbortSignal): Promise<Duplex> {
    signal?.throwIfAborted();
    const { options, host, request, failure } = this.#endpoint;
    this.#trace?.(`${protocol} ${path}`);
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    const outgoing = request(
      {
        ...{ ...options, agent: false, method: "GET", path },
        headers: { host, connection: "Upgrade", upgrade: protocol },
        ...(signal && { signal }),
      },
      (response) => {
        answerError({ status: response.statusCode ?? 0, headers: response.headers, body: response }).then(
          reject,
          reject,
        );
      },
    );
    outgoing.once("socket", boundConnecting);
    outgoing.once("upgrade", (_response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    outgoing.once("error", (error) => reject(signal?.aborted ? signal.reason : failure(error)));
    outgoing.end();
    return promise;
  }

  close(): void {
    this.#endpoint.agent.destroy();
  }
}

/** A host that is not there does not answer at all. */
function boundConnecting(socket: Socket): void {
  if (!socket.connecting) return;
  const late = Object.assign(new Error("nobody answers"), { code: "ETIMEDOUT" });
  const timer = setTimeout(() => socket.destroy(late), connectTimeout);
  for (const event of ["connect", "close"]) socket.once(event, () => clearTimeout(timer));
}

/** The daemon closes connections that are idle for long, perhaps in the moment in which one is used again. */
class StaleConnection extends Error {}

/** Whether a request on a connection that was kept has certainly done nothing yet, or may be done twice. */
function isStale({ reusedSocket }: ClientRequest, { code }: NodeJS.ErrnoException, method: string): boolean {
  return reusedSocket && (code === "EPIPE" || (code === "ECONNRESET" && method === "GET"));
}

function stream(body: Readable, outgoing: NodeJS.WritableStream & { destroy(error?: Error): unknown }): void {
  body.on("error", (error) => outgoing.destroy(error));
  body.pipe(outgoing);
}
