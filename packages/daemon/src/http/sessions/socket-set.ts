import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { WebSocket } from "@fastify/websocket";
import { LodgeError } from "@lodge/api";

/** Milliseconds that clients have to connect. LXD's five seconds are too few on a host that is busy, or emulated. */
export const connectTimeout = 30_000;
const pingInterval = 10_000;

interface Slot {
  readonly secret: string;
  socket?: WebSocket;
  readonly connected: Promise<WebSocket>;
  readonly connect: (socket: WebSocket) => void;
}

/**
 * The websockets of one exec or console session by name (`0`, `1`, `2`, `control`). A client proves by a secret which one it
 * opens. A socket is paused until its user takes it, so that nothing the client sends early is lost.
 */
export class SocketSet {
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #pings: NodeJS.Timeout;
  readonly #timeout: number;

  constructor(names: readonly string[], timeout = connectTimeout) {
    this.#timeout = timeout;
    this.#slots = new Map(names.map((name) => [name, newSlot()]));
    this.#pings = setInterval(() => this.#each((socket) => socket.ping()), pingInterval).unref();
  }

  /** The `fds` of the operation's metadata. */
  get secrets(): Record<string, string> {
    return Object.fromEntries([...this.#slots].map(([name, { secret }]) => [name, secret]));
  }

  /** The socket's name that a secret opens; looks at all of them, so that the time tells nothing. */
  nameOf(secret: string): string | undefined {
    let found: string | undefined;
    for (const [name, slot] of this.#slots) if (equal(slot.secret, secret)) found = name;
    return found;
  }

  /** Takes a client's socket. A name is connected once only. */
  attach(name: string, socket: WebSocket): void {
    const slot = this.#slots.get(name);
    if (!slot || slot.socket) {
      socket.close(1008, "already connected");
      return;
    }
    slot.socket = socket;
    socket.pause();
    slot.connect(socket);
  }

  /** Whether a client has opened it, now or before. */
  taken(name: string): boolean {
    return this.#slots.get(name)?.socket !== undefined;
  }

  /** Resolves when a client has opened it; never, when none does. */
  connected(name: string): Promise<WebSocket> {
    const slot = this.#slots.get(name);
    if (!slot) throw new Error(`no socket ${name}`);
    return slot.connected;
  }

  /** All of these, within the time that clients have. */
  async require(names: readonly string[]): Promise<WebSocket[]> {
    const timeout = this.#timeout;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(tooLate(names, timeout)), timeout);
    });
    try {
      return await Promise.race([Promise.all(names.map((name) => this.connected(name))), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  close(name: string): void {
    const socket = this.#slots.get(name)?.socket;
    socket?.resume();
    socket?.close(1000);
  }

  /** Closes what is open. Idempotent. */
  dispose(): void {
    clearInterval(this.#pings);
    for (const name of this.#slots.keys()) this.close(name);
  }

  #each(action: (socket: WebSocket) => void): void {
    for (const { socket } of this.#slots.values()) if (socket?.readyState === socket?.OPEN && socket) action(socket);
  }
}

function newSlot(): Slot {
  const { promise: connected, resolve: connect } = Promise.withResolvers<WebSocket>();
  return { secret: randomBytes(32).toString("hex"), connected, connect };
}

function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function tooLate(names: readonly string[], timeout: number): LodgeError {
  return new LodgeError({
    code: "timed_out",
    message: `The client did not connect its websockets (${names.join(", ")}) within ${timeout / 1000} s; the session was ended.`,
  });
}
