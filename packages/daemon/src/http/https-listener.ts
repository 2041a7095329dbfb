import { constants } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type HttpsAddress, hostAndPort, LodgeError } from "@lodge/api";
import type { Caller, Log } from "@lodge/core";
import { isUpgrade } from "./upgrades.ts";

/** What may be spent on connections before it is known whose they are. Times are milliseconds. */
export interface HttpsBounds {
  /** Until the TLS handshake is over. */
  readonly handshake: number;
  /** Until a request's headers are there. */
  readonly headers: number;
  /** Until a stranger's body is there. */
  readonly strangersBody: number;
  /** In which nothing comes from a stranger and nothing goes to him. */
  readonly strangersIdle: number;
  /** Connections. */
  readonly all: number;
  readonly strangers: number;
}

const usual: HttpsBounds = {
  ...{ handshake: 10_000, headers: 15_000, strangersBody: 10_000, strangersIdle: 60_000 },
  ...{ all: 2048, strangers: 256 },
};

const secureOptions = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

export interface HttpsListenerOptions {
  readonly key: string;
  readonly certificate: string;
  readonly log: Log;
  readonly identify: (socket: Socket) => Caller;
  /** Whether a request is of somebody whom a session of the console or a secret makes known, whatever the connection says. */
  readonly signedIn?: (request: IncomingMessage) => boolean;
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
  readonly broken: (error: Error, socket: Socket) => void;
  /** Default: the usual. */
  readonly bounds?: HttpsBounds | undefined;
}

/** Serves the API by HTTPS, to callers with and without certificates, on one address at a time. */
export class HttpsListener {
  readonly #options: HttpsListenerOptions;
  readonly #bounds: HttpsBounds;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  /** Websockets, and what their callers might when they began. */
  readonly #upgraded = new Map<Socket, string>();
  readonly #strangers = new Set<Socket>();
  readonly #rechecks: NodeJS.Timeout;

  constructor(options: HttpsListenerOptions) {
    this.#options = options;
    const bounds = options.bounds ?? usual;
    this.#bounds = bounds;
    this.#server = createServer({
      ...{ key: options.key, cert: options.certificate, ALPNProtocols: ["http/1.1"], minVersion: "TLSv1.3" },
      // Anybody may connect: who the certificate makes him is asked for each request.
      ...{ requestCert: true, rejectUnauthorized: false, handshakeTimeout: bounds.handshake },
      shouldUpgradeCallback: isUpgrade,
      // Resumed sessions would not show their certificate again.
      secureOptions,
      // Uploads of those who may take as long as they do.
      ...{ headersTimeout: bounds.headers, requestTimeout: 0, keepAliveTimeout: 72_000 },
      ...{ connectionsCheckingInterval: Math.min(bounds.headers, 5000), maxHeaderSize: 16_384 },
    });
    // Certificates expire without anybody's doing.
    this.#rechecks = setInterval(() => this.recheck(), 60_000).unref();
    this.#server.maxConnections = bounds.all;
    this.#server.on("connection", (socket: Socket) => {
      this.#connections.add(socket);
      socket.once("close", () => this.#connections.delete(socket));
    });
    this.#server.on("secureConnection", (socket) => this.#welcome(socket));
    this.#server.on("request", (request, response) => this.#serve(request, response));
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    this.#server.on("clientError", (error, socket) => options.broken(error, socket as Socket));
    this.#server.on("tlsClientError", (err, socket) => {
      options.log.debug({ err, address: socket.remoteAddress }, "TLS handshake failed");
      // There is no one to answer.
      socket.destroy();
    });
  }

  /** `listen_failed`. */
  async listen(address: HttpsAddress): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen({ port: address.port, ...(address.host !== "" && { host: address.host }) }, resolve);
    try {
      await promise;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why =
        code === "EADDRINUSE" ? "it is taken" : code === "EADDRNOTAVAIL" ? "the host has no such address" : message;
      throw new LodgeError({
        code: "listen_failed",
        message: `HTTPS cannot be served on ${hostAndPort(address)}: ${why}.`,
        cause: error,
      });
    } finally {
      this.#server.off("error", reject);
    }
  }

  /** From the next connection on. */
  replaceCertificate({ key, certificate: cert }: Pick<HttpsListenerOptions, "key" | "certificate">): void {
    this.#server.setSecureContext({ key, cert, minVersion: "TLSv1.3", secureOptions });
  }

  /** Ends the websockets of callers who may not do any more what they might. Requests under way end by themselves. */
  recheck(): void {
    for (const [socket, before] of this.#upgraded)
      if (rightsOf(this.#options.identify(socket)) !== before) socket.destroy();
  }

  /** Lets no more connections in. Those that are open may end what they are at for so many milliseconds. */
  async close(grace = 0): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    clearInterval(this.#rechecks);
    const cut = () => {
      for (const socket of this.#connections) socket.destroy();
    };
    if (grace === 0) cut();
    else setTimeout(cut, grace).unref();
    if (grace === 0) await closed;
  }

  #welcome(socket: TLSSocket): void {
    socket.on("error", () => socket.destroy());
    if (!this.#isStranger(socket)) return;
    if (this.#strangers.size >= this.#bounds.strangers) return void socket.destroy();
    this.#strangers.add(socket);
    socket.once("close", () => this.#strangers.delete(socket));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isStranger(request.socket)) this.#limit(request, response);
    this.#options.request(request, response);
  }

  #limit(request: IncomingMessage, response: ServerResponse): void {
    if (this.#options.signedIn?.(request)) request.socket.setTimeout(0);
    else limitStranger(request, response, this.#bounds);
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const caller = this.#options.identify(socket);
    // Its websockets are the session's to end.
    if (this.#options.signedIn?.(request)) socket.setTimeout(0);
    else if (caller.kind === "untrusted") socket.setTimeout(this.#bounds.strangersIdle, () => socket.destroy());
    else this.#upgraded.set(socket, rightsOf(caller));
    socket.once("close", () => this.#upgraded.delete(socket));
    this.#options.upgrade(request, socket, head);
  }

  #isStranger(socket: Socket): boolean {
    return this.#options.identify(socket).kind === "untrusted";
  }
}

/** Neither sends a body nor reads an answer as slowly as he likes, and begins anew for the next. */
function limitStranger(request: IncomingMessage, response: ServerResponse, bounds: HttpsBounds): void {
  const { socket } = request;
  response.shouldKeepAlive = false;
  socket.setTimeout(bounds.strangersIdle, () => socket.destroy());
  const slow = setTimeout(() => socket.destroy(), bounds.strangersBody).unref();
  for (const event of ["end", "close"]) request.once(event, () => clearTimeout(slow));
}

/** All of a caller but the name. */
function rightsOf(caller: Caller): string {
  return JSON.stringify(caller.kind === "restricted" ? [caller.role, caller.projects] : caller.kind);
}
