import type { SocketSet } from "./socket-set.ts";

/** Which operations wait for or hold websockets of their own. */
export class WebsocketHub {
  readonly #sets = new Map<string, SocketSet>();

  /** Offers an operation's sockets to clients until the returned function is called. */
  offer(operation: string, sockets: SocketSet): () => void {
    this.#sets.set(operation, sockets);
    return () => {
      this.#sets.delete(operation);
      sockets.dispose();
    };
  }

  find(operation: string): SocketSet | undefined {
    return this.#sets.get(operation);
  }

  /** Drops every client: the daemon ends. */
  closeAll(): void {
    for (const sockets of this.#sets.values()) sockets.dispose();
  }
}
