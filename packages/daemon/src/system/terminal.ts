/** Pseudo-terminals that another process makes and hands over through a socket, as OCI runtimes do. */
import { closeSync } from "node:fs";
import { unlink } from "node:fs/promises";
import koffi from "koffi";
import { declare, declareAsync, SystemCallError } from "./libc.ts";

const socket = declare<[number, number, number]>("int socket(int domain, int type, int protocol)");
const bind = declare<[number, Buffer, number]>("int bind(int fd, const void *address, unsigned int length)");
const listen = declare<[number, number]>("int listen(int fd, int backlog)");
const setsockopt = declare<[number, number, number, Buffer, number]>(
  "int setsockopt(int fd, int level, int name, const void *value, unsigned int length)",
);
const shutdown = declare<[number, number]>("int shutdown(int fd, int how)");
const ioctl = declare<[number, number, Buffer]>("int ioctl(int fd, unsigned long request, void *argument)");
const accept4 = declareAsync<[number, null, null, number]>(
  "int accept4(int fd, void *address, void *length, int flags)",
);
const recvmsg = declareAsync<[number, Buffer, number]>("long recvmsg(int fd, void *message, int flags)");

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x40000000;
const SHUT_RDWR = 2;
const TIOCSWINSZ = 0x5414;
const TIOCGPGRP = 0x540f;

/** A listening socket that receives one terminal. */
export interface TerminalSocket {
  /** The master's file descriptor, close-on-exec; the caller closes it. Undefined: the socket was closed, or 10 s passed. */
  receive(): Promise<number | undefined>;
  /** Ends a `receive` under way. Idempotent. */
  close(): Promise<void>;
}

/** Listens on a path, which must be at most 107 bytes long. */
export function listenForTerminal(path: string): TerminalSocket {
  const listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  let open = true;
  let receiving: Promise<number | undefined> | undefined;
  try {
    setReceiveTimeout(listener, 10);
    const address = unixAddress(path);
    bind(listener, address, address.length);
    listen(listener, 1);
  } catch (error) {
    closeSync(listener);
    throw error;
  }
  return {
    receive() {
      receiving ??= acceptTerminal(listener);
      return receiving;
    },
    async close() {
      if (!open) return;
      open = false;
      shutdown(listener, SHUT_RDWR);
      await receiving;
      closeSync(listener);
      await unlink(path).catch(() => undefined);
    },
  };
}

async function acceptTerminal(listener: number): Promise<number | undefined> {
  const connection = await accept4(listener, null, null, SOCK_CLOEXEC).catch(nothingOnError);
  if (connection === undefined) return undefined;
  try {
    setReceiveTimeout(connection, 10);
    const message = descriptorMessage();
    const received = await recvmsg(connection, message, MSG_CMSG_CLOEXEC).catch(nothingOnError);
    return received ? receivedDescriptor(message) : undefined;
  } finally {
    closeSync(connection);
  }
}

/** The listener was shut down, or nobody came in time. */
function nothingOnError(error: unknown): undefined {
  if (!(error instanceof SystemCallError)) throw error;
}

/** Offsets in one buffer (the kernel gets its address): `struct msghdr` of 64-bit Linux, an iovec, room for one descriptor, data. */
const offset = { vector: 56, control: 72, data: 96 };

function descriptorMessage(): Buffer {
  const message = Buffer.alloc(offset.data + 256);
  const address = koffi.address(message);
  message.writeBigUInt64LE(address + BigInt(offset.vector), 16);
  message.writeBigUInt64LE(1n, 24);
  message.writeBigUInt64LE(address + BigInt(offset.control), 32);
  message.writeBigUInt64LE(BigInt(offset.data - offset.control), 40);
  message.writeBigUInt64LE(address + BigInt(offset.data), offset.vector);
  message.writeBigUInt64LE(256n, offset.vector + 8);
  return message;
}

/** `struct cmsghdr`: its length with one descriptor, level, type. */
function receivedDescriptor(message: Buffer): number | undefined {
  const { control } = offset;
  const carriesOne = message.readBigUInt64LE(control) === 20n;
  const rights = message.readInt32LE(control + 8) === SOL_SOCKET && message.readInt32LE(control + 12) === SCM_RIGHTS;
  return carriesOne && rights ? message.readInt32LE(control + 16) : undefined;
}

/** Tells the terminal and the programs in it its size. */
export function resizeTerminal(master: number, columns: number, rows: number): void {
  const size = Buffer.alloc(8);
  size.writeUInt16LE(clamp(rows), 0);
  size.writeUInt16LE(clamp(columns), 2);
  ioctl(master, TIOCSWINSZ, size);
}

/** Host pid of the process group in the terminal's foreground; 0 when there is none. */
export function foregroundGroup(master: number): number {
  const group = Buffer.alloc(4);
  ioctl(master, TIOCGPGRP, group);
  return group.readInt32LE(0);
}

/** `struct sockaddr_un`. */
export function unixAddress(path: string): Buffer {
  const bytes = Buffer.from(path);
  if (bytes.length > 107) throw new Error(`socket path longer than 107 bytes: ${path}`);
  const address = Buffer.alloc(2 + bytes.length + 1);
  address.writeUInt16LE(AF_UNIX, 0);
  bytes.copy(address, 2);
  return address;
}

function setReceiveTimeout(descriptor: number, seconds: number): void {
  const time = Buffer.alloc(16);
  time.writeBigInt64LE(BigInt(seconds), 0);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, time, time.length);
}

function clamp(size: number): number {
  return Math.max(0, Math.min(0xffff, Math.trunc(size) || 0));
}
