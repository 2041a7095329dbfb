import type { Socket } from "node:net";
import koffi from "koffi";
import { declare } from "./libc.ts";

const sendmsg = declare<[number, Buffer, number]>("long sendmsg(int fd, const void *message, int flags)");

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;

/**
 * Sends bytes through a unix socket together with a file descriptor (SCM_RIGHTS), which Node cannot. Nothing else may wait to be
 * sent: it would be overtaken. The descriptor stays the caller's. Throws SystemCallError, with EAGAIN when the receiver does not read.
 */
export function sendDescriptor(socket: Socket, bytes: Buffer, descriptor: number): void {
  if (socket.writableLength > 0) throw new Error("the socket still has bytes to send");
  const message = withDescriptor(bytes, descriptor);
  const sent = sendmsg(descriptorOf(socket), message, MSG_NOSIGNAL);
  if (sent !== bytes.length) throw new Error(`${sent} of ${bytes.length} bytes were sent`);
}

/** Offsets in one buffer (the kernel gets its address): `struct msghdr` of 64-bit Linux, an iovec, room for one descriptor, the bytes. */
const offset = { vector: 56, control: 72, bytes: 96 };
/** `struct cmsghdr` with one descriptor, and with the padding after it. */
const control = { length: 20n, space: 24n };

function withDescriptor(bytes: Buffer, descriptor: number): Buffer {
  const message = Buffer.alloc(offset.bytes + bytes.length);
  const address = koffi.address(message);
  message.writeBigUInt64LE(address + BigInt(offset.vector), 16);
  message.writeBigUInt64LE(1n, 24);
  message.writeBigUInt64LE(address + BigInt(offset.control), 32);
  message.writeBigUInt64LE(control.space, 40);
  message.writeBigUInt64LE(address + BigInt(offset.bytes), offset.vector);
  message.writeBigUInt64LE(BigInt(bytes.length), offset.vector + 8);
  message.writeBigUInt64LE(control.length, offset.control);
  message.writeInt32LE(SOL_SOCKET, offset.control + 8);
  message.writeInt32LE(SCM_RIGHTS, offset.control + 12);
  message.writeInt32LE(descriptor, offset.control + 16);
  bytes.copy(message, offset.bytes);
  return message;
}

/** Node does not tell it in public. */
function descriptorOf(socket: Socket): number {
  const { _handle } = socket as unknown as { readonly _handle?: { readonly fd: number } | null };
  const descriptor = _handle?.fd ?? -1;
  if (descriptor < 0) throw new Error("the socket is not connected");
  return descriptor;
}
