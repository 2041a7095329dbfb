import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { LogOutput } from "./log-output.ts";

it("writes lines", () => {
  const directory = mkdtempSync(join(tmpdir(), "lodge-log-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = openSync(join(directory, "log"), "a");
  onTestFinished(() => closeSync(file));
  const output = new LogOutput(file);
  for (const line of ["one\n", "two\n"]) output.write(line);
  expect(readFileSync(join(directory, "log"), "utf8")).toBe("one\ntwo\n");
});

it("waits for nobody where nothing can be written", () => {
  const full = openSync("/dev/full", "w");
  onTestFinished(() => closeSync(full));
  const output = new LogOutput(full);
  for (let line = 0; line < 1000; line++) output.write(`${line}\n`);
});
