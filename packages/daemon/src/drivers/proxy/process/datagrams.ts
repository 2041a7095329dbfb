import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";

/** Milliseconds without a datagram after which a client is forgotten; as the kernel's connection tracking does. */
const idleTime = 120_000;
/** Clients that are known at once; the one that has been silent longest goes. */
const mostClients = 4096;
/** Datagrams that wait for a client's socket to be ready. */
const mostWaiting = 64;

export interface DatagramService {
  /** A bound socket. */
  readonly descriptor: number;
  readonly listensOnIpv6: boolean;
  readonly address: string;
  readonly port: number;
}

interface Client {
  readonly socket: Socket;
  /** Undefined once the socket is connected. */
  waiting: Buffer[] | undefined;
  lastSeen: number;
}

/** Passes datagrams on, each client's from a socket of its own, and what comes back to where it belongs. */
export function serveDatagrams({ descriptor, listensOnIpv6, address, port }: DatagramService): void {
  // Oldest first: a client that is heard of moves to the end.
  const clients = new Map<string, Client>();
  const listener = createSocket(literal(listensOnIpv6 ? "udp6" : "udp4"));
  listener.on("error", () => undefined);
  listener.on("message", (data, from) => {
    const name = `${from.address} ${from.port}`;
    const client = clients.get(name) ?? open(name, from);
    clients.delete(name);
    clients.set(name, client);
    client.lastSeen = Date.now();
    if (!client.waiting) client.socket.send(data);
    else if (client.waiting.length < mostWaiting) client.waiting.push(data);
    if (clients.size > mostClients) forgetFirst();
  });
  listener.bind({ fd: descriptor });
  setInterval(() => {
    for (const { lastSeen } of clients.values()) {
      if (lastSeen > Date.now() - idleTime) break;
      forgetFirst();
    }
  }, idleTime / 8);

  function open(name: string, { address: clientAddress, port: clientPort }: { address: string; port: number }): Client {
    const socket = createSocket(literal(isIPv6(address) ? "udp6" : "udp4"));
    const client: Client = { socket, waiting: [], lastSeen: 0 };
    socket.on("error", () => forget(name, client));
    socket.on("message", (data) => listener.send(data, clientPort, clientAddress));
    socket.connect(port, address, () => {
      for (const data of client.waiting ?? []) socket.send(data);
      client.waiting = undefined;
    });
    return client;
  }

  function forgetFirst(): void {
    for (const [name, client] of clients) return forget(name, client);
  }

  function forget(name: string, client: Client): void {
    if (clients.get(name) === client) clients.delete(name);
    client.socket.close();
  }
}

/** Addresses are never names: nothing is looked up. */
function literal(type: "udp4" | "udp6") {
  return {
    type,
    lookup: (address: string, _options: unknown, done: (error: null, address: string, family: number) => void) =>
      done(null, address, type === "udp6" ? 6 : 4),
  } as const;
}
