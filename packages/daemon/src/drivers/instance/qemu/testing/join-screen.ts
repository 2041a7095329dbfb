import { once } from "node:events";
import type { Duplex } from "node:stream";

/** What a VNC server says of its screen. */
export interface ScreenFacts {
  readonly width: number;
  readonly height: number;
  readonly name: string;
}

/** Goes through RFB's handshake (RFC 6143, 7.1 to 7.3) as a viewer that asks for the screen alone. */
export async function joinScreen(stream: Duplex): Promise<ScreenFacts> {
  const version = await read(stream, 12);
  if (version.toString() !== "RFB 003.008\n") throw new Error(`no RFB 3.8: ${version}`);
  stream.write(version);
  const [count = 0] = await read(stream, 1);
  const none = 1;
  if (!(await read(stream, count)).includes(none)) throw new Error("the server wants a password");
  stream.write(Buffer.from([none]));
  const refused = (await read(stream, 4)).readUInt32BE();
  if (refused) throw new Error(`refused: ${refused}`);
  stream.write(Buffer.from([0]));
  const init = await read(stream, 24);
  const name = await read(stream, init.readUInt32BE(20));
  return { width: init.readUInt16BE(0), height: init.readUInt16BE(2), name: name.toString() };
}

async function read(stream: Duplex, length: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = stream.read(length);
    if (bytes) return bytes;
    await once(stream, "readable", { signal: AbortSignal.timeout(10_000) });
  }
}
