import { closeSync, constants, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unbind } from "./bind-mount.ts";
import { declare } from "./libc.ts";
import { inNetworkNamespace } from "./network-namespace.ts";

const mount = declare<[string, string, string, number, null]>(
  "int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)",
);
const mknod = declare<[string, number, bigint]>("int mknod(const char *path, unsigned int mode, unsigned long device)");
const ioctl = declare<[number, number, Buffer]>("int ioctl(int fd, unsigned long request, void *argument)");

const TUNSETIFF = 0x400454ca;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
/** `struct ifreq` of 64-bit Linux: the name, then the flags. */
const ifreqSize = 40;
const nameSize = 16;

/**
 * Opens the existing macvtap `name` of another network namespace (a path) and returns its file descriptor, close-on-exec. Its device number
 * stands in that namespace's sysfs, and its node is made for the moment: those in /dev are named by interface indexes, of which every
 * namespace has its own.
 */
export function openMacvtap(namespace: string, name: string): number {
  // Elsewhere device nodes may not work.
  const directory = mkdtempSync("/dev/lodge-macvtap-");
  try {
    const device = inNetworkNamespace(namespace, () => deviceNumber(directory, name));
    const node = join(directory, "node");
    mknod(node, constants.S_IFCHR | 0o600, device);
    return openNode(node);
  } finally {
    unbind(directory);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** `mountPoint` shows the sysfs of the current network namespace from then on. */
function deviceNumber(mountPoint: string, name: string): bigint {
  mount("sysfs", mountPoint, "sysfs", 0, null);
  try {
    const directory = join(mountPoint, "class", "net", name, "macvtap");
    const [tap = ""] = readdirSync(directory);
    const [major = 0, minor = 0] = readFileSync(join(directory, tap, "dev"), "utf8")
      .trim()
      .split(":")
      .map(Number);
    return makeDevice(BigInt(major), BigInt(minor));
  } finally {
    unbind(mountPoint);
  }
}

/** gnu_dev_makedev(3). */
export function makeDevice(major: bigint, minor: bigint): bigint {
  return ((major & 0xfffff000n) << 32n) | ((major & 0xfffn) << 8n) | ((minor & 0xffffff00n) << 12n) | (minor & 0xffn);
}

function openNode(node: string): number {
  const descriptor = openSync(node, constants.O_RDWR);
  try {
    const request = Buffer.alloc(ifreqSize);
    request.writeUInt16LE(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, nameSize);
    ioctl(descriptor, TUNSETIFF, request);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
