import { constants } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { ConsoleSession } from "@lodge/core";
import { connectPackets } from "../../../system/packet-socket.ts";
import type { RunPaths } from "./run-paths.ts";

/** conmon reads at most this much of a packet. */
const packetSize = 8192;

/** Connects to init's terminal through conmon, which serves any number of sessions. */
export async function openConsole(paths: RunPaths): Promise<ConsoleSession> {
  // The directory's descriptor keeps the socket's path short.
  await using bundle = await open(paths.bundle, constants.O_RDONLY | constants.O_DIRECTORY);
  const socket = connectPackets(`/proc/self/fd/${bundle.fd}/attach`);
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (chunk: Buffer, _encoding, done) => sendPackets(socket, chunk, done),
    final: (done) => done(),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (packet: Buffer) => {
    // The first byte of each packet tells the stream; a terminal has one.
    if (!stream.push(packet.subarray(1))) socket.pause();
  });
  socket.on("error", () => undefined);
  socket.on("end", () => socket.destroy());
  socket.on("close", () => stream.push(null));
  return {
    stream,
    resize: (columns, rows) => void resizeConsole(paths.control, columns, rows),
    close: () => void stream.destroy(),
  };
}

/** One after the other: what waits in a socket's queue would be joined into one packet, too large for conmon. */
function sendPackets(socket: Socket, data: Buffer, done: () => void): void {
  if (data.length === 0 || socket.destroyed) return done();
  socket.write(data.subarray(0, packetSize), () => sendPackets(socket, data.subarray(packetSize), done));
}

/** Without conmon nobody reads the pipe: then there is nothing to resize. */
async function resizeConsole(control: string, columns: number, rows: number): Promise<void> {
  const [width, height] = [Math.trunc(columns), Math.trunc(rows)];
  await writeFile(control, `1 ${height} ${width}\n`, { flag: constants.O_WRONLY | constants.O_NONBLOCK }).catch(
    () => undefined,
  );
}
