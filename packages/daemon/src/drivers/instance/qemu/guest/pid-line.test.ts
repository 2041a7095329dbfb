import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PidLine } from "./pid-line.ts";

async function filter(chunks: string[]): Promise<{ pid: number | undefined; rest: string }> {
  let pid: number | undefined;
  const line = new PidLine("token", (found) => {
    pid = found;
  });
  const rest = await text(Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(line));
  return { pid, rest };
}

test.each([
  ["plain", "token 42\nhello\n", 42, "hello\n"],
  ["a terminal's line ends", "token 42\r\nhello\r\n", 42, "hello\r\n"],
  ["noise of the shell before it", "Welcome!\ntoken 7\nhello", 7, "hello"],
  ["only the first counts", "token 1\ntoken 2\n", 1, "token 2\n"],
  ["no such line", "sh: not found\n", undefined, "sh: not found\n"],
])("%s", async (_what, input, pid, rest) => {
  expect(await filter([input])).toEqual({ pid, rest });
});

test("the stream may be cut anywhere", async () => {
  const input = "noise\ntoken 42\nrest of it";
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: input.length - 1 })), async (cuts) => {
      const ends = [...cuts.toSorted((a, b) => a - b), input.length];
      const chunks = ends.map((end, index) => input.slice(ends[index - 1] ?? 0, end));
      expect(await filter(chunks)).toEqual({ pid: 42, rest: "rest of it" });
    }),
  );
});
