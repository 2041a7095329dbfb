import { isIP } from "node:net";
import { connect } from "node:tls";
import { LodgeError } from "@lodge/api/errors";
import { WebSocket } from "ws";
import { hostOf } from "./address.ts";
import { trust } from "./ask.ts";
import { connectionProblem } from "./web-error.ts";

export interface WebSocketRequest {
  /** `wss:`. */
  readonly url: URL;
  /** PEM: this and no other is the server's. Missing: the system's authorities vouch for it. */
  readonly certificate?: string | undefined;
  readonly signal: AbortSignal;
  /** Bytes of a frame that comes. */
  readonly largestFrame: number;
}

/** Milliseconds until it must be open. */
const patience = 30_000;

/** An open, paused websocket of another daemon; nobody is led elsewhere by a redirect. `migration_failed`. */
export async function openWebSocket({ url, certificate, signal, largestFrame }: WebSocketRequest): Promise<WebSocket> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const fail = (why: string, cause?: unknown) => reject(signal.aborted ? signal.reason : unreachable(url, why, cause));
  const host = hostOf(url);
  const port = Number(url.port || "443");
  const socket = new WebSocket(url, {
    ...{ handshakeTimeout: patience, perMessageDeflate: false, maxPayload: largestFrame },
    createConnection: () =>
      connect({ host, port, minVersion: "TLSv1.2", servername: isIP(host) ? "" : host, ...trust(certificate) }),
  });
  const abort = () => socket.terminate();
  signal.addEventListener("abort", abort, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", abort));
  socket.on("error", (error) => fail(connectionProblem(error), error));
  socket.once("open", () => {
    socket.pause();
    resolve(socket);
  });
  socket.once("unexpected-response", (request, response) => {
    void reasonOf(response).then((reason) => {
      fail(reason);
      request.destroy();
    });
  });
  return promise;
}

const longestReason = 65_536;

/** What a server answers that opens no websocket: LXD's envelope, perhaps. */
async function reasonOf(
  response: AsyncIterable<Buffer> & { readonly statusCode?: number | undefined },
): Promise<string> {
  const status = `it answers ${response.statusCode ?? 0}`;
  try {
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of response) {
      length += piece.length;
      if (length > longestReason) return status;
      pieces.push(piece);
    }
    const { error } = JSON.parse(Buffer.concat(pieces).toString("utf8")) as { error?: unknown };
    return typeof error === "string" && error !== "" ? `${status} (${error.slice(0, 1000)})` : status;
  } catch {
    return status;
  }
}

function unreachable(url: URL, why: string, cause: unknown): LodgeError {
  return new LodgeError({
    code: "migration_failed",
    message: `The server https://${url.host} cannot be used: ${why}.`,
    cause,
  });
}
