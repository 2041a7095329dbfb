import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { Log } from "@lodge/core";
import type { FastifyReply } from "fastify";
import { LentPieces } from "../system/lent-pieces.ts";

/**
 * Answers with a stream of bytes. One that fails before its first has an answer of its own; later the connection breaks off, which no
 * client takes for the end.
 */
export async function sendStream(reply: FastifyReply, stream: Readable, log: Log): Promise<unknown> {
  if (!(stream instanceof LentPieces)) return reply.send(stream);
  const pieces = stream.lent();
  const first = await pieces.next();
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.once("close", () => stream.destroy());
  try {
    for (let next = first; !next.done; next = await pieces.next()) await written(raw, next.value);
    raw.end();
  } catch (err) {
    if (!raw.destroyed) log.error({ err, url: reply.request.url }, "a stream that was being sent has failed");
    raw.destroy();
  } finally {
    stream.destroy();
  }
  return reply;
}

/** Resolves when the client's side has it, and the buffer may be used again; rejects when the client is gone. */
async function written(raw: ServerResponse, piece: Buffer): Promise<void> {
  const gone = new AbortController();
  try {
    await Promise.race([
      new Promise<void>((resolve, reject) => void raw.write(piece, (error) => (error ? reject(error) : resolve()))),
      once(raw, "close", { signal: gone.signal }).then(() => {
        throw new Error("The client has gone.");
      }),
    ]);
  } finally {
    gone.abort();
  }
}
