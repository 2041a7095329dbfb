/** Sends and receives whole frames at an interface of another network namespace (packet(7)). */
import { closeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import koffi from "koffi";
import { declare, SystemCallError } from "../../../../system/libc.ts";
import { inNetworkNamespace } from "../../../../system/network-namespace.ts";

const socket = declare<[number, number, number]>("int socket(int domain, int type, int protocol)");
const bind = declare<[number, Buffer, number]>("int bind(int fd, const void *address, unsigned int length)");
const send = declare<[number, Buffer, number, number]>(
  "long send(int fd, const void *data, unsigned long length, int flags)",
);
const recv = declare<[number, Buffer, number, number]>(
  "long recv(int fd, void *data, unsigned long length, int flags)",
);
const ioctl = declare<[number, number, Buffer]>("int ioctl(int fd, unsigned long request, void *argument)");

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOCK_NONBLOCK = 0x800;
const ETH_P_ALL = 3;
const SIOCGIFINDEX = 0x8933;

export class RawLink {
  readonly #socket: number;

  constructor(namespace: string, interfaceName: string) {
    this.#socket = inNetworkNamespace(namespace, () => openPacketSocket(interfaceName));
  }

  send(frame: Buffer): void {
    send(this.#socket, frame, frame.length, 0);
  }

  /** All frames that arrive until one equals `last`; throws when that does not come within so many milliseconds. */
  async receiveUntil(last: Buffer, patience = 5_000): Promise<Buffer[]> {
    const frames: Buffer[] = [];
    const deadline = Date.now() + patience;
    while (Date.now() < deadline) {
      const frame = this.#receive();
      if (frame === undefined) await delay(1);
      else if (frame.equals(last)) return frames;
      else frames.push(frame);
    }
    throw new Error("the last frame did not arrive");
  }

  close(): void {
    closeSync(this.#socket);
  }

  #receive(): Buffer | undefined {
    const buffer = Buffer.alloc(2048);
    try {
      return buffer.subarray(0, recv(this.#socket, buffer, buffer.length, 0));
    } catch (error) {
      if (error instanceof SystemCallError && error.errno === koffi.os.errno["EAGAIN"]) return undefined;
      throw error;
    }
  }
}

function openPacketSocket(interfaceName: string): number {
  const fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, ETH_P_ALL << 8);
  const request = Buffer.alloc(40);
  request.write(interfaceName);
  ioctl(fd, SIOCGIFINDEX, request);
  // struct sockaddr_ll: family, protocol in network order, index.
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ALL, 2);
  address.writeInt32LE(request.readInt32LE(16), 4);
  bind(fd, address, address.length);
  return fd;
}
