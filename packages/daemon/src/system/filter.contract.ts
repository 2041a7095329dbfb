import { describe, expect, test } from "vitest";
import { startFilter } from "./filter.ts";

const failure = (words: string) => new Error(words);

test("what went through a program is not kept", async () => {
  const [piece, count] = [256 * 1024, 1024];
  async function* much() {
    for (let sent = 0; sent < count; sent++) yield Buffer.alloc(piece, "x");
  }
  const before = process.memoryUsage().arrayBuffers;
  await using filter = startFilter({ command: ["cat"], input: much(), failure });
  let [bytes, most, looked] = [0, 0, 0];
  for await (const { length } of filter.output as AsyncIterable<Buffer>) {
    bytes += length;
    if (bytes < looked + (16 << 20)) continue;
    looked = bytes;
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  await filter.done;
  expect(bytes).toBe(piece * count);
  expect(most).toBeLessThan(bytes / 2);
});

test("a program that ends early ends what comes, with its own words", async () => {
  let given = true;
  async function* endless() {
    try {
      for (;;) yield Buffer.alloc(64 * 1024);
    } finally {
      given = false;
    }
  }
  await using filter = startFilter({ command: ["sh", "-c", "echo enough >&2; exit 3"], input: endless(), failure });
  filter.output.resume();
  await expect(filter.done).rejects.toThrow("sh: enough");
  await expect.poll(() => given).toBe(false);
});

describe("a program that sees where its input ends", () => {
  /** Says that this was all only once the program has gone. */
  async function* pieces(gone: Promise<void>, ...after: Buffer[]) {
    yield Buffer.from("hello");
    await gone;
    yield* after;
  }
  const take = async (...after: Buffer[]) => {
    const gone = Promise.withResolvers<void>();
    await using filter = startFilter({ command: ["head", "-c", "5"], input: pieces(gone.promise, ...after), failure });
    filter.output.once("close", () => gone.resolve()).resume();
    await filter.done;
  };

  test("may be gone before that is said", () => take());
  test("has not taken what comes afterwards", () => expect(take(Buffer.from("more"))).rejects.toThrow());
});
