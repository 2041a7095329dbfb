import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { resolve } from "node:path";
import { LodgeError } from "@lodge/api/errors";

/** A port of 127.0.0.1, or the path of a unix socket. */
export type ListenAddress = number | string;

export interface Listener extends AsyncDisposable {
  readonly address: ListenAddress;
}

const loopback = "127.0.0.1";
/** VNC's display 0. */
const firstPort = 5900;
const portsTried = 100;

export function parseListenAddress(text: string): ListenAddress | undefined {
  if (!/^\d+$/.test(text)) return text === "" ? undefined : resolve(text);
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** As viewers take it: `vnc://127.0.0.1:5900`, or the socket's path. */
export function addressText(address: ListenAddress): string {
  return typeof address === "number" ? `vnc://${loopback}:${address}` : address;
}

/** Listens where it is told to, or at the first free port for VNC. A socket is for its owner alone and goes with the listener. */
export async function listen(
  address: ListenAddress | undefined,
  connected: (socket: Socket) => void,
): Promise<Listener> {
  if (address !== undefined) return listenAt(address, connected);
  for (let port = firstPort; port < firstPort + portsTried - 1; port++) {
    try {
      return await listenAt(port, connected);
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  return listenAt(firstPort + portsTried - 1, connected);
}

async function listenAt(address: ListenAddress, connected: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    connected(socket);
  });
  await open(server, address);
  return {
    address,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function open(server: Server, address: ListenAddress): Promise<void> {
  // The socket must not be anyone else's for a moment either.
  const umask = process.umask(0o077);
  try {
    if (typeof address === "number") server.listen(address, loopback);
    else server.listen(address);
  } finally {
    process.umask(umask);
  }
  try {
    await once(server, "listening");
  } catch (error) {
    const reason = isTaken(error) ? "it is taken" : String(error instanceof Error ? error.message : error);
    const message = `Cannot listen at ${addressText(address)}: ${reason}; choose another with --listen.`;
    throw new LodgeError({ code: "listen_failed", message, cause: error });
  }
}

function isTaken(error: unknown): boolean {
  const cause = error instanceof LodgeError ? error.cause : error;
  return cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
}
