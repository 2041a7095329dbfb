import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { noPaint } from "./colour.ts";
import { Progress, withoutPercent } from "./progress.ts";

test.each([
  ["Building tiny: 12% installing packages", "Building tiny: installing packages"],
  ["Unpacking: 40%", "Unpacking"],
  ["rootfs (7.5%)", "rootfs"],
  ["Creating web", "Creating web"],
])("%s", (line, step) => expect(withoutPercent(line)).toBe(step));

test("on a pipe each step is one plain line", async () => {
  const output = new PassThrough();
  const progress = new Progress(output, noPaint);
  for (const line of ["A: 1% one", "A: 2% one", "A: 50% two", "A: 100% two"]) progress.update(line);
  progress.clear();
  output.end();
  expect(await text(output)).toBe("A: one\nA: two\n");
});
