import { chmodSync, closeSync, rmSync } from "node:fs";
import { LodgeError } from "@lodge/api/errors";
import { declare } from "../../../system/libc.ts";

const socket = declare<[number, number, number]>("int socket(int domain, int type, int protocol)");
const bind = declare<[number, Buffer, number]>("int bind(int fd, const void *address, uint32_t length)");
const listen = declare<[number, number]>("int listen(int fd, int backlog)");
const connect = declare<[number, Buffer, number]>("int connect(int fd, const void *address, uint32_t length)");

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const pathLimit = 107;

/**
 * Makes a listening unix socket that only root may connect to, for QEMU to accept on: an unprivileged QEMU then needs no
 * right to the directory, and connecting works from the first moment, before QEMU has read its command line.
 */
export function listenUnix(path: string): number {
  const address = unixAddress(path);
  rmSync(path, { force: true });
  return openSocket((descriptor) => {
    bind(descriptor, address, address.length);
    chmodSync(path, 0o600);
    listen(descriptor, 4);
  });
}

/** A connection to a unix socket that listens, for QEMU to inherit. */
export function connectUnix(path: string): number {
  const address = unixAddress(path);
  return openSocket((descriptor) => connect(descriptor, address, address.length));
}

function unixAddress(path: string): Buffer {
  const name = Buffer.from(`${path}\0`);
  if (name.length - 1 > pathLimit) {
    throw new LodgeError({
      code: "daemon_dir_invalid",
      message: `The socket path ${path} is longer than ${pathLimit} bytes; choose a shorter LODGE_DIR.`,
    });
  }
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, name]);
}

function openSocket(setUp: (descriptor: number) => void): number {
  const descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  try {
    setUp(descriptor);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
