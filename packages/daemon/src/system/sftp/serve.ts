import type { Duplex } from "node:stream";
import type { SftpEntries } from "./entries.ts";
import { Handles } from "./handles.ts";
import { byte, PacketError, PacketReader, packet, packetsOf, string, uint32 } from "./packet.ts";
import { answer, offered } from "./requests.ts";

/** Bytes of a packet, as OpenSSH has it: some more than the data of one request. */
const longestPacket = 256 * 1024;

const version = 3;
const INIT = 1;
const VERSION = 2;

/**
 * Serves SFTP until either side ends the connection, which is destroyed then. One request after the other is answered, and the next
 * one is read when the client takes the answer: whatever it sends, not more than that is in memory. What is no SFTP ends it.
 */
export async function serveSftp(connection: Duplex, entries: SftpEntries): Promise<void> {
  const served = { entries, handles: new Handles(), mostData: longestPacket - 1024 };
  connection.on("error", () => connection.destroy());
  try {
    let greeted = false;
    for await (const bytes of packetsOf(connection, longestPacket)) {
      const reply = greeted ? await answer(served, bytes) : greet(bytes);
      greeted = true;
      if (!connection.write(reply)) await writable(connection);
    }
  } catch {
    // It is cut off, or speaks another language.
  } finally {
    connection.destroy();
    await served.handles.closeAll();
  }
}

/** Resolves when the client has taken what it was sent, or is gone. */
async function writable(connection: Duplex): Promise<void> {
  if (connection.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  connection.once("drain", resolve).once("close", resolve);
  await promise;
  connection.off("drain", resolve).off("close", resolve);
}

function greet(bytes: Buffer): Buffer {
  const reader = new PacketReader(bytes);
  if (reader.byte() !== INIT || reader.uint32() < version) throw new PacketError("not the first packet of SFTP");
  return packet(byte(VERSION), uint32(version), ...offered.flat().map(string));
}
