import { buffer } from "node:stream/consumers";
import { expect, it } from "vitest";
import { LentPieces } from "./lent-pieces.ts";

/** Into one buffer, again and again. */
function reusing(pieces: readonly string[], failure?: Error) {
  const state = { ended: false };
  async function* read(): AsyncGenerator<Buffer, void> {
    const reused = Buffer.alloc(8);
    try {
      for (const piece of pieces) {
        reused.write(piece);
        yield reused.subarray(0, piece.length);
      }
      if (failure) throw failure;
    } finally {
      state.ended = true;
    }
  }
  const stream = new LentPieces(read());
  const closed = new Promise<void>((resolve) => stream.once("close", resolve));
  return { stream, closed, state };
}

it("is a stream like any other", async () => {
  const { stream, closed, state } = reusing(["one", "two", "three"]);
  expect((await buffer(stream)).toString()).toBe("onetwothree");
  await closed;
  expect(state.ended).toBe(true);
});

it("fails as a stream", async () => {
  const { stream } = reusing(["one"], new Error("broken"));
  await expect(buffer(stream)).rejects.toThrow("broken");
});

it("lends its pieces, and is closed behind the last", async () => {
  const { stream, closed, state } = reusing(["one", "two"]);
  const buffers = new Set<ArrayBufferLike>();
  let all = "";
  for await (const piece of stream.lent()) {
    buffers.add(piece.buffer);
    all += piece;
  }
  expect([all, buffers.size]).toEqual(["onetwo", 1]);
  await closed;
  expect(state.ended).toBe(true);
});

it("tells whoever is lent its pieces that it fails", async () => {
  const { stream, closed } = reusing(["one"], new Error("broken"));
  const lent = stream.lent();
  await lent.next();
  await expect(lent.next()).rejects.toThrow("broken");
  await closed;
});

it("ends what it reads when it is given up, before the first piece and after", async () => {
  for (const count of [0, 1]) {
    const { stream, closed, state } = reusing(["one", "two"]);
    const lent = stream.lent();
    for (let i = 0; i < count; i++) await lent.next();
    stream.destroy();
    await closed;
    expect(state.ended || count === 0).toBe(true);
    expect((await lent.next()).done).toBe(true);
  }
});
