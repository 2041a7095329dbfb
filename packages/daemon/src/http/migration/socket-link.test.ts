import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { MigrationMessage } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type LinkTimes, SocketLink } from "./socket-link.ts";

/** With nothing to fear from a host that is slow. */
const patient: LinkTimes = { beat: 5, silence: 60_000 };

/** Both ends of one, and the sockets of the other end. */
async function linked(times = patient) {
  const waiting = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(waiting, "listening");
  const open = async () => {
    const [socket, [accepted]] = await Promise.all([
      opened(new WebSocket(`ws://127.0.0.1:${(waiting.address() as AddressInfo).port}`)),
      once(waiting, "connection") as Promise<[WebSocket]>,
    ]);
    return { socket, accepted };
  };
  const [control, data] = [await open(), await open()];
  const { signal } = new AbortController();
  const link = new SocketLink(control.accepted, data.accepted, signal, times);
  const other = new SocketLink(control.socket, data.socket, signal, { beat: 1_000_000, silence: 1_000_000 });
  return {
    ...{ link, other, control: control.socket, data: data.socket },
    async [Symbol.asyncDispose]() {
      await Promise.all([link[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
      waiting.close();
    },
  };
}

async function opened(socket: WebSocket): Promise<WebSocket> {
  await once(socket, "open");
  return socket;
}

describe("a link", () => {
  it("takes bytes no faster than they are read, and all of them", async () => {
    await using pair = await linked();
    const source = new PassThrough({ highWaterMark: 1 << 16 });
    const sending = pair.other.sendBytes(source);
    const reader = pair.link.readBytes();
    const total = 64;
    let given = 0;
    const give = async () => {
      for (; given < total; given++) if (!source.write(Buffer.alloc(1 << 20, "x"))) await once(source, "drain");
      source.end();
    };
    const giving = give();
    const [first] = (await once(reader, "readable").then(() => [reader.read() as Buffer])) as [Buffer];
    // Nobody reads on: once nothing moves any more, most is still with the source.
    for (let before = -1; before !== pair.other.bytes; ) {
      before = pair.other.bytes;
      await new Promise((resolve) => pair.control.once("pong", resolve).ping());
    }
    expect(given).toBeLessThan(total);
    let got = first.length;
    for await (const bytes of reader) got += (bytes as Buffer).length;
    await Promise.all([giving, sending]);
    expect(got).toBe(total << 20);
  });

  it("ends when the other side says nothing any more", async () => {
    await using pair = await linked({ beat: 5, silence: 20 });
    await expect(pair.link.receive()).rejects.toThrow("nothing came from it for 0.02 s");
  });

  it("says that it is there, which is nothing to whoever waits for a word", async () => {
    await using pair = await linked();
    const message = pair.other.receive();
    for (let beats = 0; beats < 3; beats++) {
      const [said] = (await once(pair.control, "message")) as [Buffer];
      expect(String(said)).toBe('{"type":"alive"}');
    }
    await once(pair.data, "ping");
    pair.link.send({ type: "done" });
    expect(await message).toEqual({ type: "done" });
  });

  it("fails the reader when the bytes break off", async () => {
    await using pair = await linked();
    const reading = text(pair.link.readBytes());
    pair.other.sendBytes(new Readable({ read() {} })).catch(() => undefined);
    pair.control.terminate();
    await expect(reading).rejects.toMatchObject({ code: "migration_failed" });
  });

  it.each(["x", "{}", '{"type":"alive","more":1'])("is not kept with somebody who says %s", async (said) => {
    await using pair = await linked();
    pair.control.send(said);
    await expect(pair.link.receive()).rejects.toThrow("it says what cannot be understood");
  });

  it("is not talked full", async () => {
    await using pair = await linked();
    const done: MigrationMessage = { type: "done" };
    for (let i = 0; i < 20; i++) pair.other.send(done);
    await new Promise((resolve) => pair.control.once("close", resolve).once("pong", resolve).ping());
    for (let i = 0; i < 9; i++) await pair.link.receive();
    await expect(pair.link.receive()).rejects.toThrow("it talks without end");
  });
});
