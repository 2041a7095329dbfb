import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MemoryFilesV2 } from "./memory-files-v2.ts";

const mebibyte = 2 ** 20;
const id = "00000001";
let base: string;
let files: MemoryFilesV2;
/** What the group was held to, as it went. */
let held: number[];
const never = new AbortController().signal;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "lodge-memory-v2-"));
  mkdirSync(join(base, id));
  files = new MemoryFilesV2((group) => join(base, group));
  held = [];
});
afterEach(() => rmSync(base, { recursive: true }));

const write = (file: string, text: string | number) => writeFileSync(join(base, id, file), `${text}\n`);
/** A write leaves what is longer behind it, as no control file does. */
const number = (file: string) => Number.parseInt(readFileSync(join(base, id, file), "utf8"), 10);
const take = (bytes: number, superseded = never) =>
  files.take(id, bytes, async (ceiling) => void held.push(ceiling / mebibyte), superseded);

test("what a group has, waits for, and may have", async () => {
  write("memory.current", 400 * mebibyte);
  write("cpu.stat", "usage_usec 7\nuser_usec 5\nsystem_usec 2");
  write("memory.stat", `active_file ${100 * mebibyte}\ninactive_file ${mebibyte}\nworkingset_refault_file 5`);
  write("memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=12\nfull avg10=0.00 total=1");
  write("memory.max", "max");
  write("memory.high", 500 * mebibyte);
  expect(await files.glance(id)).toEqual({ used: 400 * mebibyte, cpu: 7000 });
  expect(await files.read(id)).toMatchObject({
    ...{
      used: 400 * mebibyte,
      activeFile: 100 * mebibyte,
      inactiveFile: mebibyte,
      refaults: 5,
      stalled: 12,
      cpu: 7000,
    },
  });
  expect([await files.limit(id), await files.ceiling.read(id)]).toEqual([undefined, 500 * mebibyte]);
});

test("a kernel that does not measure waiting says so by a missing figure", async () => {
  write("memory.current", 400);
  expect(await files.read(id)).toMatchObject({ used: 400, refaults: 0 });
  expect(await files.read(id)).not.toHaveProperty("stalled");
});

test("nothing is taken from a group that has less", async () => {
  write("memory.current", 100 * mebibyte);
  write("memory.reclaim", 0);
  expect(await take(200 * mebibyte)).toBe(200 * mebibyte);
  expect([held, number("memory.reclaim")]).toEqual([[200], 0]);
});

test("the kernel is asked for a piece at a time, and one that cannot be made smaller is held a little above what it has", async () => {
  write("memory.current", 400 * mebibyte);
  write("memory.reclaim", 0);
  // It takes nothing: a file that is only written to.
  expect(await take(300 * mebibyte, AbortSignal.timeout(20))).toBe(404 * mebibyte);
  expect([held, number("memory.reclaim")]).toEqual([[404], 64 * mebibyte]);
});

test("what nobody wants any more is not taken", async () => {
  write("memory.current", 400 * mebibyte);
  write("memory.reclaim", 0);
  await take(300 * mebibyte, AbortSignal.abort());
  expect(number("memory.reclaim")).toBe(0);
});

test("a kernel that cannot be told to take makes room for a lower ceiling", async () => {
  write("memory.current", 400 * mebibyte);
  write("memory.high", "max");
  await take(300 * mebibyte);
  // The first piece, which this kernel does not give either: it is asked for no other.
  expect([number("memory.high"), held]).toEqual([336 * mebibyte, [404]]);
});

test("a group that is gone has nothing, and no failure comes of it", async () => {
  rmSync(join(base, id), { recursive: true });
  expect([await files.glance(id), await files.read(id), await files.limit(id)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  await files.ceiling.write(id, 5);
  expect(await take(300 * mebibyte)).toBe(300 * mebibyte);
});
