/** A client that keeps to no rule: requests, websockets and frames byte by byte, on connections that it may leave at any moment. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";

export class RudeClient {
  readonly #socketPath: string;

  constructor(lodgeDirectory: string) {
    this.#socketPath = join(lodgeDirectory, "unix.socket");
  }

  /** A connection on which these bytes were sent; what comes back is dropped unless somebody listens. */
  async send(bytes: string | Buffer): Promise<Socket> {
    const socket = connect(this.#socketPath);
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(bytes);
    return socket;
  }

  /** A request's answer: its status and its JSON. */
  async ask(method: string, path: string, body?: object): Promise<{ status: number; json: Json }> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const socket = await this.send(
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
    const answer = Buffer.concat(await socket.toArray()).toString("utf8");
    const [head = "", ...rest] = answer.split("\r\n\r\n");
    return { status: Number(head.split(" ")[1]), json: JSON.parse(rest.join("\r\n\r\n")) as Json };
  }

  /** Asks for another protocol; the connection is paused, and `status` is what was answered. */
  async upgrade(path: string, protocol = "websocket"): Promise<{ socket: Socket; status: number }> {
    const key = randomBytes(16).toString("base64");
    const socket = await this.send(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    const first = await Promise.race([once(socket, "data"), once(socket, "close").then(() => [Buffer.alloc(0)])]);
    socket.pause();
    return { socket, status: Number(String(first[0]).split(" ")[1]) };
  }
}

type Json = Readonly<Record<string, never>>;

/** A frame as a client sends it: masked. Opcodes: 1 text, 2 binary, 8 close, 9 ping. */
export function frame(opcode: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  const mask = randomBytes(4);
  const length = bytes.length < 126 ? Buffer.of(0x80 | bytes.length) : Buffer.alloc(9, 0x80 | 127);
  if (bytes.length >= 126) length.writeBigUInt64BE(BigInt(bytes.length), 1);
  const masked = bytes.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Buffer.concat([Buffer.of(0x80 | opcode), length, mask, masked]);
}

/** Begins a frame of so many bytes, none of which follow. */
export function endlessFrame(length: number): Buffer {
  const head = Buffer.alloc(14);
  head.set([0x82, 0x80 | 127]);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
