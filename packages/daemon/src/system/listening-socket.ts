/** Sockets that listen in whatever network namespace the calling thread is in, for another process to serve. */
import { closeSync } from "node:fs";
import { parseIpv4, parseIpv6 } from "@lodge/core";
import { declare } from "./libc.ts";
import { errnoName } from "./rooted-errors.ts";
import { unixAddress } from "./terminal.ts";

const socket = declare<[number, number, number]>("int socket(int domain, int type, int protocol)");
const setsockopt = declare<[number, number, number, Buffer, number]>(
  "int setsockopt(int fd, int level, int name, const void *value, unsigned int length)",
);
const bind = declare<[number, Buffer, number]>("int bind(int fd, const void *address, unsigned int length)");
const listen = declare<[number, number]>("int listen(int fd, int backlog)");
const connect = declare<[number, Buffer, number]>("int connect(int fd, const void *address, unsigned int length)");

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
/** The kernel cuts it down to net.core.somaxconn. */
const backlog = 4096;

/** A TCP socket that listens, or a bound UDP one. Throws SystemCallError. The caller closes it. */
export function listenOnPort(kind: "tcp" | "udp", address: string, port: number): number {
  const name = internetAddress(address, port);
  const descriptor = open(name.readUInt16LE(0), kind === "tcp" ? SOCK_STREAM : SOCK_DGRAM);
  return closingOnError(descriptor, () => {
    // Of TCP it means that connections of an earlier socket do not count. Of UDP it would let a second one in.
    if (kind === "tcp") setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, Buffer.from([1, 0, 0, 0]), 4);
    bind(descriptor, name, name.length);
    if (kind === "tcp") listen(descriptor, backlog);
  });
}

/** A unix socket that is bound and does not listen yet. `path`: or `@` and a name of the network namespace. Throws SystemCallError. */
export function bindUnix(path: string): number {
  const name = unixName(path);
  const descriptor = open(AF_UNIX, SOCK_STREAM);
  return closingOnError(descriptor, () => void bind(descriptor, name, name.length));
}

export function startListening(descriptor: number): void {
  listen(descriptor, backlog);
}

/** Whether somebody listens on a unix socket. Throws SystemCallError when there is none. */
export function isListening(path: string): boolean {
  const name = unixName(path);
  const descriptor = open(AF_UNIX, SOCK_STREAM);
  try {
    connect(descriptor, name, name.length);
    return true;
  } catch (error) {
    if (errnoName(error) === "ECONNREFUSED") return false;
    // Its queue is full, or it is of another type: somebody is there.
    if (errnoName(error) === "EAGAIN" || errnoName(error) === "EPROTOTYPE") return true;
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function open(family: number, type: number): number {
  return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

function closingOnError(descriptor: number, action: () => void): number {
  try {
    action();
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** An abstract name begins with a zero byte and ends with its length. */
function unixName(path: string): Buffer {
  if (!path.startsWith("@")) return unixAddress(path);
  const name = unixAddress(path).subarray(0, -1);
  name.writeUInt8(0, 2);
  return name;
}

/** `struct sockaddr_in` and `struct sockaddr_in6`. */
function internetAddress(address: string, port: number): Buffer {
  const groups = address.includes(":") ? parseIpv6(address) : undefined;
  const name = Buffer.alloc(groups ? 28 : 16);
  name.writeUInt16LE(groups ? AF_INET6 : AF_INET, 0);
  name.writeUInt16BE(port, 2);
  groups?.forEach((group, index) => void name.writeUInt16BE(group, 8 + index * 2));
  if (!groups) name.writeUInt32BE(parseIpv4(address) ?? 0, 4);
  return name;
}
