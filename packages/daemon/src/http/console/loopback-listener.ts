import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { LodgeError } from "@lodge/api";
import { createServer } from "../../system/web/node-http.ts";
import { failure } from "../envelope.ts";
import { isUpgrade } from "../upgrades.ts";

export interface LoopbackListenerOptions {
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
  readonly broken: (error: Error, socket: Socket) => void;
}

/** Connections: every user of the host can make some. */
const mostConnections = 256;

/**
 * The console for browsers on this host, where no HTTPS is served: 127.0.0.1, which every user of the host reaches. Who connects is a
 * stranger, therefore, until a session says otherwise.
 */
export class LoopbackListener {
  readonly #server: Server;
  readonly #connections = new WeakSet<Socket>();

  constructor({ request, upgrade, broken }: LoopbackListenerOptions) {
    this.#server = createServer({ shouldUpgradeCallback: isUpgrade, headersTimeout: 15_000, requestTimeout: 0 });
    this.#server.maxConnections = mostConnections;
    this.#server.on("connection", (socket: Socket) => this.#connections.add(socket));
    this.#server.on("clientError", (error, socket) => broken(error, socket as Socket));
    this.#server.on("request", (incoming, response) => {
      if (namesLoopback(incoming)) request(incoming, response);
      else refuse(response);
    });
    this.#server.on("upgrade", (incoming, socket, head) => {
      if (namesLoopback(incoming)) upgrade(incoming, socket as Socket, head);
      else socket.destroy();
    });
  }

  /** Where it listens; 0: nowhere. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  owns(socket: Socket): boolean {
    return this.#connections.has(socket);
  }

  /** Does nothing when it listens. On the port that it had once, if nobody else has it now, so that a page that is open finds it again. */
  async listen(wanted = 0): Promise<void> {
    if (this.#server.listening) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen({ host: "127.0.0.1", port: wanted }, resolve);
    try {
      await promise;
    } catch (error) {
      if (wanted !== 0) return this.listen();
      const { message } = error as Error;
      throw new LodgeError({
        code: "listen_failed",
        message: `The console cannot be served on 127.0.0.1: ${message}.`,
        cause: error,
      });
    } finally {
      this.#server.off("error", reject);
    }
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

/** A site whose name was made to lead here is asked by that name. */
function namesLoopback({ headers: { host = "" } }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host);
}

function refuse(response: ServerResponse): void {
  const message = "This address is for browsers on this host; ask for it by 127.0.0.1.";
  const body = JSON.stringify(failure(new LodgeError({ code: "permission_denied", message })));
  response.writeHead(403, { "content-type": "application/json", connection: "close" });
  response.end(body);
}
