import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { WebSocket } from "@fastify/websocket";
import { LodgeError } from "@lodge/api";

/** Milliseconds that clients have to connect. LXD's five seconds are too few on a host that is busy, or emulated. */
export const connectTimeout = 30_000;
const pingInterval = 10_000;

interface Slot {
  readonly secret: string;
  socket?: WebSocket;
  visitors?: Visitors;
  readonly connected: Promise<WebSocket>;
  readonly connect: (socket: WebSocket) => void;
}

/** The sockets under a name that may be connected any number of times. */
interface Visitors {
  readonly open: Set<WebSocket>;
  readonly receive: (socket: WebSocket) => void;
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

  /** From now on clients may connect a name any number of times, also at once: each socket is received, paused. */
  receiveEach(name: string, receive: (socket: WebSocket) => void): void {
    const slot = this.#slots.get(name);
    if (slot) slot.visitors = { open: new Set(), receive };
  }

  /** Takes a client's socket. A name is connected once only, if not told otherwise. */
  attach(name: string, socket: WebSocket): void {
    const slot = this.#slots.get(name);
    if (slot?.visitors) {
      welcome(slot.visitors, socket);
      return;
    }
    if (!slot || slot.socket) {
      socket.close(1008, "already connected");
      return;
    }
    slot.socket = socket;
    socket.pause();
    // Whoever leaves one has often left all; one that is not read now would tell of it with the next ping alone.
    socket.once("close", () => this.#each((other) => other.ping()));
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

  /** All of these, within the time that clients have. Rejects with the signal's reason when nobody waits for them any more. */
  async require(names: readonly string[], signal?: AbortSignal): Promise<WebSocket[]> {
    const timeout = this.#timeout;
    signal?.throwIfAborted();
    const { promise: never, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(tooLate(names, timeout)), timeout);
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      return await Promise.race([Promise.all(names.map((name) => this.connected(name))), never]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  close(name: string): void {
    const socket = this.#slots.get(name)?.socket;
    if (socket) end(socket);
  }

  /** Closes what is open. Idempotent. */
  dispose(): void {
    clearInterval(this.#pings);
    for (const name of this.#slots.keys()) this.close(name);
    for (const { visitors } of this.#slots.values()) for (const socket of visitors?.open ?? []) end(socket);
  }

  #each(action: (socket: WebSocket) => void): void {
    const sockets = [...this.#slots.values()].flatMap(({ socket, visitors }) => [socket, ...(visitors?.open ?? [])]);
    for (const socket of sockets) if (socket?.readyState === socket?.OPEN && socket) action(socket);
  }
}

function welcome({ open, receive }: Visitors, socket: WebSocket): void {
  open.add(socket);
  socket.once("close", () => open.delete(socket));
  socket.pause();
  receive(socket);
}

function end(socket: WebSocket): void {
  socket.resume();
  socket.close(1000);
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
