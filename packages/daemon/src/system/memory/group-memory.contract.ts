import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { detectCgroups } from "../cgroup-detect.ts";
import { until } from "../cgroup-tree.ts";

const cgroups = await detectCgroups(`m${process.pid}`);
const id = "00000001";
const mebibyte = 2 ** 20;
const children: ChildProcess[] = [];
/** Pids of those that were killed in the test. */
const killed: number[] = [];
const directory = await mkdtemp("/var/tmp/lodge-memory-");

afterEach(async () => {
  for (const child of children.splice(0)) child.removeAllListeners("exit").kill("SIGKILL");
  await cgroups.removeAll();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs a program of node's in the group, from its first page on. */
async function runInGroup(program: string): Promise<ChildProcess> {
  const child = spawn("/bin/sh", ["-c", `read _; exec "${process.execPath}" -e '${program}'`], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  children.push(child);
  if (child.pid === undefined) throw new Error("sh did not start");
  child.once("exit", (_status, signal) => signal && killed.push(child.pid ?? 0));
  await cgroups.add(id, child.pid);
  child.stdin?.end("\n");
  return child;
}

const used = async () => (await cgroups.memory.glance(id))?.used ?? 0;
const usesMoreThan = (bytes: number) => until("memory in use", 30_000, async () => (await used()) > bytes);
const kills = async () => (await cgroups.statistics(id))?.outOfMemoryKills ?? 0;

/** 300 MiB of a file, read again and again. */
const reader = (file: string) => `
  const fs = require("fs"), piece = Buffer.alloc(1 << 20, 1), file = fs.openSync("${file}", "w+");
  for (let i = 0; i < 300; i++) fs.writeSync(file, piece);
  fs.fsyncSync(file);
  const read = () => { for (let i = 0; i < 300; i++) fs.readSync(file, piece, 0, piece.length, i << 20); setTimeout(read, 100); };
  read();`;

test("takes what files hold as well, and nobody is killed", async () => {
  await cgroups.create(id, { memory: 600 * mebibyte });
  await runInGroup(reader(join(directory, "file")));
  await usesMoreThan(300 * mebibyte);
  const target = 150 * mebibyte;
  expect(await cgroups.memory.hold(id, target)).toBe(target);
  expect(await used()).toBeLessThan(250 * mebibyte);
  expect(await cgroups.memory.limit(id)).toBe(600 * mebibyte);
  expect((await cgroups.memory.read(id))?.refaults).toBeGreaterThanOrEqual(0);
  await cgroups.memory.release(id);
  await usesMoreThan(300 * mebibyte);
  expect((await cgroups.memory.read(id))?.refaults).toBeGreaterThan(0);
  expect([killed, await kills()]).toEqual([[], 0]);
});

/** Takes 4 MiB, again and again, up to 400 MiB, and reads a file between. */
const allocator = (file: string) => `
  const fs = require("fs"), held = [], piece = Buffer.alloc(1 << 20, 1), file = fs.openSync("${file}", "w+");
  for (let i = 0; i < 150; i++) fs.writeSync(file, piece);
  fs.fsyncSync(file);
  const take = () => {
    for (let i = 0; i < 10; i++) fs.readSync(file, piece, 0, piece.length, (Math.random() * 150) << 20);
    if (held.length < 100) held.push(Buffer.alloc(4 << 20, 1));
    setTimeout(take, 5);
  };
  take();`;

test("a group that takes memory while it is held gets it, and nobody is killed", async () => {
  await cgroups.create(id, { memory: 800 * mebibyte });
  await runInGroup(allocator(join(directory, "file")));
  await usesMoreThan(100 * mebibyte);
  const anon = async () => (await cgroups.statistics(id))?.memory.RSS ?? 0;
  const held: number[] = [];
  while ((await anon()) < 400 * mebibyte) held.push(await cgroups.memory.hold(id, (await used()) - 64 * mebibyte));
  expect(held.length).toBeGreaterThan(5);
  expect(await cgroups.memory.limit(id)).toBe(800 * mebibyte);
  expect([killed, await kills()]).toEqual([[], 0]);
});

test("what cannot be taken stays, and what does not exist is no failure", async () => {
  expect(await cgroups.memory.read(id)).toBeUndefined();
  await cgroups.memory.release(id);
  await cgroups.create(id, {});
  await runInGroup("globalThis.held = Buffer.alloc(200 << 20, 1); setInterval(() => {}, 1e6);");
  await usesMoreThan(200 * mebibyte);
  expect(await cgroups.memory.hold(id, 20 * mebibyte)).toBeGreaterThan(200 * mebibyte);
  expect(await cgroups.memory.limit(id)).toBeUndefined();
  expect([killed, await kills()]).toEqual([[], 0]);
});
