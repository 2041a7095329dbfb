import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { EarlyInput } from "./early-input.ts";

const undecided = Symbol("undecided");
const soon = () => new Promise((resolve) => setTimeout(resolve, 10, undecided));

test("input that comes to its end is there as a whole", async () => {
  const input = new EarlyInput();
  input.writable.write("what ");
  expect(await Promise.race([input.whole, soon()])).toBe(undecided);
  input.writable.end("comes in");
  expect(String(await input.whole)).toBe("what comes in");
});

test.each([
  ["before", "after", "end"],
  ["", "", "all"],
  ["x".repeat(200_000), "y".repeat(200_000), "z"],
])("what came and what comes goes where it is piped", async (before, after, last) => {
  const input = new EarlyInput();
  input.writable.write(before);
  await soon();
  const to = new PassThrough();
  input.pipe(to);
  const read = text(to);
  input.writable.write(after);
  input.writable.end(last);
  expect(await read).toBe(before + after + last);
});

test("more than can be given at once is never whole", async () => {
  const input = new EarlyInput();
  input.writable.end("x".repeat(70_000));
  expect(await Promise.race([input.whole, soon()])).toBe(undecided);
  const to = new PassThrough();
  input.pipe(to);
  expect(await text(to)).toHaveLength(70_000);
});

test("input that has ended is ended where it is piped", async () => {
  const input = new EarlyInput();
  input.writable.end("all");
  await input.whole;
  const to = new PassThrough();
  input.pipe(to);
  expect(await text(to)).toBe("all");
});
