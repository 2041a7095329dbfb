import { once } from "node:events";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { LodgeError } from "@lodge/api/errors";
import { O_PATH } from "../../../system/rooted-open.ts";

/**
 * Connects to the VNC server of a QEMU. The socket lies where QEMU may write, and QEMU is not trusted with what stands there: a link
 * to another service's socket would have the daemon talk to that one. So a handle is opened without following links, looked
 * at, and connected to by itself.
 */
export async function connectScreen(path: string): Promise<Socket> {
  await using handle = await open(path, O_PATH | constants.O_NOFOLLOW).catch(noScreen);
  const stats = await handle.stat();
  if (!stats.isSocket() || stats.nlink !== 1) return noScreen();
  const socket = connect(`/proc/self/fd/${handle.fd}`);
  try {
    await once(socket, "connect");
  } catch (error) {
    socket.destroy();
    return noScreen(error);
  }
  socket.on("error", () => socket.destroy());
  return socket;
}

function noScreen(cause?: unknown): never {
  const message = "QEMU does not show its screen: its VNC socket does not answer.";
  throw new LodgeError({ code: "instance_operation_failed", message, cause });
}
