import { declare } from "./libc.ts";

const socketpair = declare<[number, number, number, Buffer]>(
  "int socketpair(int domain, int type, int protocol, void *descriptors)",
);

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;

/** Two unix sockets that are connected to each other, close-on-exec; the caller closes both. */
export function socketPair(): readonly [number, number] {
  const descriptors = Buffer.alloc(8);
  socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, descriptors);
  return [descriptors.readInt32LE(0), descriptors.readInt32LE(4)];
}
