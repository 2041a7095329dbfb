import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LaidFile } from "@lodge/core";
import pino from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { layNoted, layScript } from "./lay-files.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "lodge-lay-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const file = (path: string, content: string, createOnly = false): LaidFile => ({
  ...{ path: join(root, path), content, createOnly },
});
const shell = (script: string) => promisify(execFile)("/bin/sh", ["-c", script]);
const text = (path: string) => readFile(join(root, path), "utf8");

it("writes files with whatever is in them, and makes the directories above", async () => {
  const odd = "it's $HOME `x` \\n\n%s\n";
  await shell(layScript([file("a b/c/name", odd), file("empty", "")]));
  expect([await text("a b/c/name"), await text("empty")]).toEqual([odd, ""]);
});

it("leaves what is there where it is only to be created, and writes the others in any case", async () => {
  await writeFile(join(root, "kept"), "before");
  await writeFile(join(root, "changed"), "before, and longer");
  const files = [
    file("kept", "after", true),
    file("made", "after", true),
    file("changed/x", ""),
    file("changed", "after"),
  ];
  await expect(shell(layScript(files))).rejects.toMatchObject({ code: 1 });
  expect([await text("kept"), await text("made"), await text("changed")]).toEqual(["before", "after", "after"]);
});

it("is done once in a run, and again where it failed", async () => {
  let noted: readonly LaidFile[] = [file("name", "web")];
  const directory = { laid: async () => noted, forgetLaid: async () => void (noted = []) };
  const log = pino({ enabled: false });
  await layNoted(directory, () => Promise.reject(new Error("no room")), log);
  expect(noted).toHaveLength(1);
  const read: string[] = [];
  for (let times = 0; times < 2; times++) await layNoted(directory, async (script) => void read.push(script), log);
  expect([read.length, read[0]?.includes(" any web")]).toEqual([1, true]);
});
