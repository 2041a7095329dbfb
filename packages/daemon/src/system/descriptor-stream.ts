import { Socket } from "node:net";

/** What of Node's pipe handle is used here. */
interface PipeHandle {
  open(fd: number): number;
  close(): void;
}
interface PipeBinding {
  readonly Pipe: new (type: number) => PipeHandle;
  readonly constants: { readonly SOCKET: number };
}

/**
 * A stream of any descriptor that can be polled, which it takes over: terminals and packet sockets too, for which `net.Socket`
 * and `tty.ReadStream` are of no use (the one refuses them, the other blocks the event loop when a terminal's reader is slow).
 * Node has no public way to hand its pipe handle a descriptor. Every chunk of `data` is one read: one packet of a packet socket.
 */
export function streamOfDescriptor(descriptor: number): Socket {
  const { binding } = process as unknown as { binding(name: "pipe_wrap"): PipeBinding };
  const { Pipe, constants } = binding.call(process, "pipe_wrap");
  const handle = new Pipe(constants.SOCKET);
  const error = handle.open(descriptor);
  if (error) {
    handle.close();
    throw new Error(`descriptor ${descriptor} cannot be made a stream: ${error}`);
  }
  return new Socket({ handle, readable: true, writable: true, allowHalfOpen: true } as object);
}
