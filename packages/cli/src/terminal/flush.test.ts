import { PassThrough, Writable } from "node:stream";
import { expect, test } from "vitest";
import { flush } from "./flush.ts";

test("waits until a slow reader has taken everything", async () => {
  const taken: string[] = [];
  const waiting: (() => void)[] = [];
  const slow = new Writable({
    write(piece: Buffer, _encoding, done) {
      waiting.push(() => {
        taken.push(String(piece));
        done();
      });
    },
  });
  for (const piece of ["a", "b"]) slow.write(piece);
  let over = false;
  const flushing = flush(slow).then(() => (over = true));
  for (const expected of [["a"], ["a", "b"]]) {
    await new Promise(setImmediate);
    expect(over).toBe(false);
    waiting.shift()?.();
    expect(taken).toEqual(expected);
  }
  await new Promise(setImmediate);
  waiting.shift()?.();
  await flushing;
});

test("waits for nothing where nothing is left, or nobody takes it", async () => {
  await flush(new PassThrough());
  const gone = new PassThrough();
  gone.write("x");
  gone.destroy();
  await flush(gone);
});
