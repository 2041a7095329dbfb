import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { QmpClosedError, QmpTimeoutError } from "./errors.ts";

/** Opens a unix socket, within a time bound. */
export async function connectSocket(path: string, timeout: number, signal?: AbortSignal): Promise<Socket> {
  const socket = connect(path);
  const bound = AbortSignal.timeout(timeout);
  try {
    await once(socket, "connect", { signal: signal ? AbortSignal.any([bound, signal]) : bound });
    return socket;
  } catch (error) {
    socket.on("error", () => undefined);
    socket.destroy();
    if (bound.aborted) throw new QmpTimeoutError(`connect to ${path}`, timeout);
    throw new QmpClosedError(`cannot connect to ${path}: ${error instanceof Error ? error.message : error}`, error);
  }
}
