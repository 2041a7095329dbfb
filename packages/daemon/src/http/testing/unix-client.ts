/** A client of a server on a unix socket, for tests: plain requests and websockets. */
import { request } from "node:http";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import WebSocket from "ws";

export interface Answer {
  readonly status: number;
  readonly json: Record<string, never>;
}

export async function call(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request({ socketPath, method, path, headers }, (incoming) => {
    const status = incoming.statusCode ?? 0;
    buffer(incoming).then(
      (bytes) => resolve({ status, json: JSON.parse(String(bytes)) as Record<string, never> }),
      reject,
    );
  });
  outgoing.on("error", reject);
  if (isStream(body)) body.pipe(outgoing);
  else outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

function isStream(body: unknown): body is Readable {
  return typeof body === "object" && body !== null && "pipe" in body;
}

/** A websocket and everything that came over it. */
export interface Connection {
  readonly socket: WebSocket;
  /** Binary frames joined. */
  bytes(): Buffer;
  text(): string;
  /** Text frames. */
  readonly messages: string[];
  readonly closed: Promise<void>;
}

/** Rejects when the server refuses the upgrade: with its status in the message. */
export async function connect(socketPath: string, path: string): Promise<Connection> {
  const socket = new WebSocket(`ws+unix:${socketPath}:${path}`);
  const chunks: Buffer[] = [];
  const messages: string[] = [];
  socket.on("message", (data: Buffer, binary) => void (binary ? chunks.push(data) : messages.push(data.toString())));
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const bytes = () => Buffer.concat(chunks);
  return { socket, bytes, text: () => bytes().toString(), messages, closed };
}
