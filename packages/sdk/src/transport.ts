import type { Duplex, Readable } from "node:stream";
import type { WebSocket } from "ws";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query: `/1.0/instances?recursion=2`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/** How requests reach a daemon: the only part of the client that knows about sockets. */
export interface Transport {
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Resolves with an open, paused websocket: listen, then resume. A refusal is the LodgeError of the answer. */
  openWebSocket(path: string, signal?: AbortSignal): Promise<WebSocket>;
  /** Asks for another protocol (RFC 9110, Upgrade) and resolves with the connection, on which it is spoken. As `openWebSocket`. */
  upgrade(path: string, protocol: string, signal?: AbortSignal): Promise<Duplex>;
  /** Ends idle connections. */
  close(): void;
}
