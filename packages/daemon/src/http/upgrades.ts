import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse as Response } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { LodgeError } from "@lodge/api";
import type { FastifyReply, FastifyRequest } from "fastify";
import { ServerResponse } from "../system/web/node-http.ts";

const protocolOf = ({ headers }: IncomingMessage): string | undefined => headers.upgrade?.toLowerCase();

/** Whether a server is to leave a request's connection to what it asks for; others that ask for something are requests like any. */
export const isUpgrade = (request: IncomingMessage): boolean =>
  request.method === "GET" && ["websocket", "sftp"].includes(protocolOf(request) ?? "");

/** Connections that began as requests and speak something else from then on, websockets aside. */
export class Upgrades {
  /** What came together with the request and belongs to what follows it. */
  readonly #heads = new WeakMap<IncomingMessage, Buffer>();
  readonly #open = new Set<Duplex>();

  /**
   * Routes the requests for other protocols that a server hears of as all requests are routed. Those for websockets are emitted again
   * by what is returned: whoever serves them takes every upgrade for one.
   */
  serve(server: EventEmitter, route: (request: IncomingMessage, response: Response) => void): EventEmitter {
    const websockets = new EventEmitter();
    server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (protocolOf(request) === "websocket") return void websockets.emit("upgrade", request, socket, head);
      this.#heads.set(request, head);
      socket.on("error", () => socket.destroy());
      const response = new ServerResponse(request);
      response.assignSocket(socket);
      // What is answered like any request has nothing after it.
      response.once("finish", () => socket.end());
      route(request, response);
    });
    return websockets;
  }

  /** Throws `request_invalid` when the client does not ask for this protocol. */
  require({ raw }: FastifyRequest, protocol: string): void {
    if (this.#heads.has(raw) && protocolOf(raw) === protocol) return;
    throw new LodgeError({
      code: "request_invalid",
      message: `This path is for clients that ask for another protocol: send "Connection: Upgrade" and "Upgrade: ${protocol}".`,
    });
  }

  /** Answers that the protocol changes, and hands the connection over: whoever takes it destroys it. */
  accept({ raw }: FastifyRequest, reply: FastifyReply, protocol: string): Duplex {
    const { socket } = raw;
    reply.hijack();
    reply.raw.detachSocket(socket);
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(0);
    socket.setNoDelay();
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
    const head = this.#heads.get(raw);
    if (head && head.length > 0) socket.unshift(head);
    return socket;
  }

  /** Drops every client: the daemon ends. */
  closeAll(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
