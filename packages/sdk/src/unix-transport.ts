import type { Agent, ClientRequest } from "node:http";
import { connect } from "node:net";
import type { Readable } from "node:stream";
import type { WebSocket } from "ws";
import { connectionError } from "./connection-error.ts";
import { answerError } from "./envelope.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";

// An `import` of node:http reads every export of it, the lazy ones included, which loads Node's whole fetch
// machinery: 50 ms that a CLI call would pay for nothing.
const http = process.getBuiltinModule("node:http");

/** HTTP and websockets over the daemon's unix socket, with connections kept alive. */
export class UnixTransport implements Transport {
  readonly #socket: string;
  readonly #agent = new http.Agent({ keepAlive: true, maxFreeSockets: 4 });

  readonly #trace: ((line: string) => void) | undefined;

  /** `trace` is told each request and its status. */
  constructor(socket: string, trace?: (line: string) => void) {
    this.#socket = socket;
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

  #send(request: HttpRequest, agent: Agent | false = this.#agent): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const { method, path, headers, body, signal } = request;
      const begun = performance.now();
      const options = {
        socketPath: this.#socket,
        // What is read once cannot be sent again: it gets a connection that nobody has closed yet.
        agent: typeof body === "object" ? false : agent,
        method,
        path,
        headers: { host: "unix.socket", ...headers },
        // Empty, or Node takes time to find out whether the host is an address.
        servername: "",
        ...(signal && { signal }),
      };
      const outgoing = http.request(options, (response) => {
        const status = response.statusCode ?? 0;
        this.#trace?.(`${method} ${path} → ${status} (${Math.round(performance.now() - begun)} ms)`);
        resolve({ status, headers: response.headers, body: response });
      });
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        if (signal?.aborted) reject(signal.reason);
        else if (isStale(outgoing, error, method)) reject(new StaleConnection());
        else reject(connectionError(error, this.#socket));
      });
      if (typeof body === "object") stream(body, outgoing);
      else outgoing.end(body);
    });
  }

  async openWebSocket(path: string, signal?: AbortSignal): Promise<WebSocket> {
    signal?.throwIfAborted();
    const { WebSocket } = await import("ws");
    const socket = this.#socket;
    this.#trace?.(`websocket ${path.replace(/secret=[^&]*/, "secret=…")}`);
    return new Promise((resolve, reject) => {
      // Not ws+unix: that would cut a socket path with a colon in two.
      const ws = new WebSocket(`ws://unix.socket${path}`, {
        createConnection: () => connect(socket),
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
      const fail = (error: Error) => reject(signal?.aborted ? signal.reason : connectionError(error, socket));
      ws.once("error", fail);
      ws.once("close", () => signal?.removeEventListener("abort", abort));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
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
