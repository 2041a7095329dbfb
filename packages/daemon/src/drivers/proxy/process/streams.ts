import { createServer, type Socket } from "node:net";
import { proxyHeader } from "./proxy-header.ts";

/** Seconds without data after which the kernel asks whether the other end is still there. */
const keepAliveDelay = 60;

export interface StreamService {
  /** A socket that listens. */
  readonly descriptor: number;
  /** Begins a connection to the other side. */
  readonly connect: () => Promise<Socket>;
  /** Tells the other side who connects. */
  readonly proxyProtocol: boolean;
}

/** Accepts connections and passes them on. */
export function serveStreams({ descriptor, connect, proxyProtocol }: StreamService): void {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    client.on("error", () => client.destroy());
    connect().then(
      (target) => {
        if (client.destroyed) target.destroy();
        if (proxyProtocol) target.write(proxyHeader(client));
        join(client, target);
      },
      () => client.destroy(),
    );
  });
  // Nothing to be done about a connection that could not be accepted; the next may.
  server.on("error", () => undefined);
  server.listen({ fd: descriptor });
}

/** Each end of one direction is passed on by itself: a client may have said all and still wait for the answer. */
function join(client: Socket, target: Socket): void {
  for (const [from, to] of [
    [client, target],
    [target, client],
  ] as const) {
    from.setKeepAlive(true, keepAliveDelay * 1000);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      if (!from.readableEnded) to.destroy();
    });
    from.pipe(to);
  }
}
