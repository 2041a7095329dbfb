import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type WebSocket, WebSocketServer } from "ws";

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  /** The pattern's groups. */
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface FakeReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

type Handler = (request: FakeRequest) => FakeReply | Promise<FakeReply>;
type SocketHandler = (socket: WebSocket, request: Omit<FakeRequest, "body">) => void;

/** A scripted HTTP and websocket server on a unix socket in a temporary directory. Later routes win. */
export class FakeServer {
  /** `METHOD /path?query` of every request, in order. */
  readonly seen: string[] = [];
  readonly #routes: { method: string; pattern: RegExp; handler: Handler }[] = [];
  readonly #sockets: { pattern: RegExp; handler: SocketHandler }[] = [];
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));
  readonly #websockets = new WebSocketServer({ noServer: true });
  #directory = "";

  get socket(): string {
    return join(this.#directory, "unix.socket");
  }

  async start(): Promise<this> {
    this.#directory = await mkdtemp(join(tmpdir(), "lodge-fake-"));
    this.#server.on("upgrade", (request, socket, head) => {
      const url = this.#note(request);
      const route = this.#sockets.findLast(({ pattern }) => pattern.test(url.pathname));
      if (!route) {
        socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      this.#websockets.handleUpgrade(request, socket, head, (ws) => {
        route.handler(ws, parsed(request, url, route.pattern));
      });
    });
    await once(this.#server.listen(this.socket), "listening");
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.#websockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  on(method: string, pattern: RegExp, handler: Handler): this {
    this.#routes.push({ method, pattern, handler });
    return this;
  }

  onWebSocket(pattern: RegExp, handler: SocketHandler): this {
    this.#sockets.push({ pattern, handler });
    return this;
  }

  #note(request: IncomingMessage): URL {
    const url = new URL(request.url ?? "/", "http://unix.socket");
    this.seen.push(`${request.method} ${decodeURIComponent(url.pathname)}${url.search}`);
    return url;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = this.#note(request);
    const route = this.#routes.findLast((r) => r.method === request.method && r.pattern.test(url.pathname));
    const body = await buffer(request);
    const reply = route
      ? await route.handler({ ...parsed(request, url, route.pattern), body })
      : errorReply(404, "request_not_found", `The API has no ${request.method} ${url.pathname}.`);
    response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
    response.end(reply.body);
  }
}

function parsed(request: IncomingMessage, url: URL, pattern: RegExp): Omit<FakeRequest, "body"> {
  const params = (pattern.exec(url.pathname) ?? []).slice(1).map((part) => decodeURIComponent(part ?? ""));
  return {
    method: request.method ?? "",
    path: url.pathname,
    params,
    query: url.searchParams,
    headers: request.headers,
  };
}

export function syncReply(metadata: unknown, headers: Readonly<Record<string, string>> = {}): FakeReply {
  const envelope = { type: "sync", status: "Success", status_code: 200, operation: "", error_code: 0, error: "" };
  return { headers, body: JSON.stringify({ ...envelope, metadata }) };
}

export function errorReply(status: number, code: string, error: string): FakeReply {
  const envelope = { type: "error", status: "", status_code: 0, operation: "", error_code: status };
  return { status, body: JSON.stringify({ ...envelope, error, metadata: { code } }) };
}
