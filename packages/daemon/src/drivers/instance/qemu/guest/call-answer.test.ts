import { expect, test } from "vitest";
import { AnswerReader } from "./call-answer.ts";

const told = (status: number, stdout: string, stderr = "") => ({
  ...{ status, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) },
});

test.each([
  ["nothing", "\nT end 0\n", told(0, "")],
  ["lines", "a\nb\n\nT end 3\n", told(3, "a\nb\n")],
  ["no last line's end", "a\nT end 0\n", told(0, "a")],
  ["complaints", "out\n\nT err\nbad\n\nT end 1\n", told(1, "out\n", "bad\n")],
  ["complaints alone", "\nT err\nbad\nT end 1\n", told(1, "", "bad")],
  ["what looks like an end", "\nU end 0\n\nT end 0\n", told(0, "\nU end 0\n")],
])("%s", async (_, said, answer) => {
  const reader = new AnswerReader();
  const answered = reader.answer("T");
  for (const byte of Buffer.from(said)) {
    await new Promise(setImmediate);
    reader.add(Buffer.of(byte));
  }
  expect(await answered).toEqual(answer);
});

test("lines come one after the other, and what follows them", async () => {
  const reader = new AnswerReader();
  reader.add(Buffer.from("here\ndone\nout\nT end 0\nmore"));
  expect([await reader.line(), await reader.line(), await reader.answer("T")]).toEqual([
    "here",
    "done",
    told(0, "out"),
  ]);
  reader.end();
  await expect(reader.line()).rejects.toThrow("does not answer");
});
