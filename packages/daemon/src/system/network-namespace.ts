import { closeSync, constants, openSync } from "node:fs";
import { declare } from "./libc.ts";

const setns = declare<[number, number]>("int setns(int fd, int type)");
const unshare = declare<[number]>("int unshare(int flags)");
const socket = declare<[number, number, number]>("int socket(int domain, int type, int protocol)");
const ioctl = declare<[number, number, Buffer]>("int ioctl(int fd, unsigned long request, void *argument)");

const CLONE_NEWNET = 0x40000000;
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;
/** `struct ifreq` of 64-bit Linux: the name, then the flags. */
const ifreqSize = 40;
const nameSize = 16;

/**
 * Does something inside a network namespace (a path). A namespace is joined by a thread; `action` runs on the main
 * thread from beginning to end, without giving way to any other code of ours, and Node makes sockets on that thread
 * alone: nobody sees the excursion.
 */
export function inNetworkNamespace<T>(path: string, action: () => T): T {
  const own = openSync("/proc/thread-self/ns/net", constants.O_RDONLY);
  const other = openSync(path, constants.O_RDONLY);
  try {
    setns(other, CLONE_NEWNET);
    try {
      return action();
    } finally {
      comeBack(own);
    }
  } finally {
    closeSync(other);
    closeSync(own);
  }
}

/** As `inNetworkNamespace`, in a new one that goes with the last thing that `action` made in it. */
export function inNewNetworkNamespace<T>(action: () => T): T {
  const own = openSync("/proc/thread-self/ns/net", constants.O_RDONLY);
  try {
    unshare(CLONE_NEWNET);
    try {
      return action();
    } finally {
      comeBack(own);
    }
  } finally {
    closeSync(own);
  }
}

/** Brings a network namespace's loopback interface up; the kernel gives it its addresses. */
export function bringLoopbackUp(path: string): void {
  inNetworkNamespace(path, () => {
    const descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    try {
      const request = Buffer.alloc(ifreqSize);
      request.write("lo");
      request.writeUInt16LE(IFF_UP, nameSize);
      ioctl(descriptor, SIOCSIFFLAGS, request);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** A daemon left in a foreign network namespace would do harm with every later step: it ends instead. */
function comeBack(own: number): void {
  try {
    setns(own, CLONE_NEWNET);
  } catch {
    process.abort();
  }
}
