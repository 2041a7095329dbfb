import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { silentLog } from "@lodge/core";
import Fastify from "fastify";
import { afterEach, expect, it } from "vitest";
import { LentPieces } from "../system/lent-pieces.ts";
import { sendStream } from "./send-stream.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function serve(pieces: () => AsyncGenerator<Buffer, void>) {
  const app = Fastify({ forceCloseConnections: true });
  const streams: LentPieces[] = [];
  app.get("/", async (_request, reply) => {
    const stream = new LentPieces(pieces());
    streams.push(stream);
    return sendStream(reply.type("application/octet-stream"), stream, silentLog);
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  stops.push(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const asked = request({ host: "127.0.0.1", port, path: "/", agent: false }).end();
  return { asked, streams };
}

const answer = async (asked: ReturnType<typeof request>) => {
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return response;
};

it("sends what lies in one buffer after the other", async () => {
  const reused = Buffer.alloc(1 << 20);
  const { asked, streams } = await serve(async function* () {
    for (let index = 0; index < 20; index++) yield reused.fill(97 + index);
  });
  const response = await answer(asked);
  const body = await text(response);
  expect(response.headers["content-type"]).toBe("application/octet-stream");
  expect(body.length).toBe(20 << 20);
  for (let index = 0; index < 20; index++) expect(body[(index << 20) + 5]).toBe(String.fromCharCode(97 + index));
  expect(streams[0]?.destroyed).toBe(true);
});

it("has an answer for what fails before the first byte, and breaks off later", async () => {
  const early = await serve(async function* () {
    yield* [];
    throw new Error("at once");
  });
  expect((await answer(early.asked)).statusCode).toBe(500);
  const late = await serve(async function* () {
    yield Buffer.from("some");
    throw new Error("later");
  });
  await expect(text(await answer(late.asked))).rejects.toThrow("aborted");
});

it("ends what it sends when the client goes", async () => {
  const ended = Promise.withResolvers<void>();
  const { asked } = await serve(async function* () {
    try {
      for (;;) yield Buffer.alloc(1 << 20);
    } finally {
      ended.resolve();
    }
  });
  const response = await answer(asked);
  response.destroy();
  await ended.promise;
});
