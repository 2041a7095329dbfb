import { execa } from "execa";
import { expect, test } from "vitest";
import { endsWith } from "./ends-with.ts";

async function run([file, ...args]: [string, ...string[]]) {
  const { stdout, exitCode } = await execa(file, args, { reject: false });
  return { stdout, exitCode };
}

test("runs as long as its parent does", async () => {
  expect(await run(endsWith(process.pid, ["echo", "one", "two words"]))).toEqual({
    stdout: "one two words",
    exitCode: 0,
  });
});

test("does not begin when its parent has ended meanwhile", async () => {
  const { stdout: gone } = await execa("sh", ["-c", "echo $$"]);
  expect(await run(endsWith(Number(gone), ["echo", "here"]))).toEqual({ stdout: "", exitCode: 1 });
});
