import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findProgram } from "./find-program.ts";

test("a program that was replaced is another, what cannot be started is none", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lodge-program-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "tool");
  const find = () => findProgram("tool", `/nowhere:${directory}`);
  expect(await find()).toBeUndefined();
  writeFileSync(file, "one");
  expect(await find()).toBeUndefined();
  chmodSync(file, 0o755);
  const one = await find();
  expect(one).toMatch(/\/tool:/);
  expect(await find()).toBe(one);
  expect(await findProgram(file, "")).toBe(one);
  writeFileSync(`${file}.new`, "two", { mode: 0o755 });
  renameSync(`${file}.new`, file);
  expect(await find()).not.toBe(one);
});
