import { closeSync } from "node:fs";
import type { Socket } from "node:net";
import { streamOfDescriptor } from "./descriptor-stream.ts";
import { declare } from "./libc.ts";
import { unixAddress } from "./terminal.ts";

const socket = declare<[number, number, number]>("int socket(int domain, int type, int protocol)");
const connect = declare<[number, Buffer, number]>("int connect(int fd, const void *address, unsigned int length)");

const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;
const SOCK_CLOEXEC = 0x80000;
const SOCK_NONBLOCK = 0x800;

/** Connects to a Unix socket of type SOCK_SEQPACKET, which Node does not speak. The path is at most 107 bytes long. */
export function connectPackets(path: string): Socket {
  const descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  try {
    const address = unixAddress(path);
    connect(descriptor, address, address.length);
    return streamOfDescriptor(descriptor);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
