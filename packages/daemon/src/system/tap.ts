import { closeSync, constants, openSync } from "node:fs";
import { declare } from "./libc.ts";
import { inNetworkNamespace, inNewNetworkNamespace } from "./network-namespace.ts";

const ioctl = declare<[number, number, Buffer]>("int ioctl(int fd, unsigned long request, void *argument)");

const setOwner = declare<[number, number, number]>("int ioctl(int fd, unsigned long request, unsigned long argument)");

const TUNSETIFF = 0x400454ca;
const TUNGETIFF = 0x800454d2;
const TUNSETOWNER = 0x400454cc;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
const IFF_PERSIST = 0x0800;
/** `struct ifreq` of 64-bit Linux: the name, then the flags. */
const ifreqSize = 40;
const nameSize = 16;

/** Opens the existing tap device `name` of another network namespace (a path) and returns its file descriptor, close-on-exec. */
export function openTap(namespace: string, name: string): number {
  return inNetworkNamespace(namespace, () => openTun((descriptor) => attach(descriptor, name)));
}

/**
 * Makes a tap device of another network namespace, which leads nowhere until somebody connects it and goes with its descriptor. Returns
 * that, close-on-exec.
 */
export function makeTap(namespace: string, name: string, owner: number): number {
  return inNetworkNamespace(namespace, () =>
    openTun((descriptor) => {
      ioctl(descriptor, TUNSETIFF, tapRequest(name));
      setOwner(descriptor, TUNSETOWNER, owner);
    }),
  );
}

/** A tap that leads nowhere, in a network namespace of its own; both go with the descriptor, which is close-on-exec. */
export function openBlindTap(): number {
  return inNewNetworkNamespace(() => openTun((descriptor) => void ioctl(descriptor, TUNSETIFF, tapRequest("blind"))));
}

function openTun(setUp: (descriptor: number) => void): number {
  const descriptor = openSync("/dev/net/tun", constants.O_RDWR);
  try {
    setUp(descriptor);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function attach(descriptor: number, name: string): void {
  const request = tapRequest(name);
  ioctl(descriptor, TUNSETIFF, request);
  ioctl(descriptor, TUNGETIFF, request);
  // Without a device of that name the kernel has just made a new one, which vanishes with this descriptor.
  if ((request.readUInt16LE(nameSize) & IFF_PERSIST) === 0) throw new Error(`there is no tap device ${name}`);
}

function tapRequest(name: string): Buffer {
  if (Buffer.byteLength(name) >= nameSize) throw new Error(`interface name longer than 15 bytes: ${name}`);
  const request = Buffer.alloc(ifreqSize);
  request.write(name);
  request.writeUInt16LE(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, nameSize);
  return request;
}
