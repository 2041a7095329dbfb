type Listener = (...args: never[]) => void;

/**
 * A browser's websocket with the part of the `ws` package's interface that sessions use. Browsers cannot pause one: what comes before somebody
 * listens is kept for him.
 */
export class BrowserSocket {
  readonly OPEN = 1;
  readonly #socket: WebSocket;
  readonly #listeners = new Map<string, Set<Listener>>();
  #held: { readonly data: Uint8Array | string; readonly binary: boolean }[] | undefined = [];
  #closed = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }: MessageEvent<ArrayBuffer | string>) => {
      const message = typeof data === "string" ? { data, binary: false } : { data: new Uint8Array(data), binary: true };
      if (this.#held) this.#held.push(message);
      else this.#emit("message", message.data, message.binary);
    });
    socket.addEventListener("close", () => {
      this.#closed = true;
      if (!this.#held) this.#emit("close");
    });
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  on(event: string, listener: Listener): this {
    const known = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, known.add(listener));
    return this;
  }

  once(event: string, listener: Listener): this {
    const first = (...args: never[]) => {
      this.#listeners.get(event)?.delete(first);
      listener(...args);
    };
    return this.on(event, first);
  }

  pause(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const { data, binary } of held) this.#emit("message", data, binary);
    if (this.#closed) this.#emit("close");
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  close(): void {
    this.#socket.close();
  }

  terminate(): void {
    this.#socket.close();
  }

  #emit(event: string, ...args: readonly unknown[]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(...(args as never[]));
  }
}
