import type { InstanceId } from "@lodge/core";
import { expect, test } from "vitest";
import { GovernedGroups } from "./governed-groups.ts";
import type { GroupMemory } from "./group-memory.ts";
import type { MemoryReading } from "./reading.ts";

const mebibyte = 2 ** 20;
const id = "00000001" as InstanceId;
const hostMemory = 4096 * mebibyte;

/** A group whose cache goes when it is held to less, and nothing else of it. */
class FakeMemory implements GroupMemory {
  reading: MemoryReading | undefined = {
    ...{ used: 400 * mebibyte, activeFile: 100 * mebibyte, inactiveFile: 200 * mebibyte, inactiveAnon: 0 },
    ...{ refaults: 0, cpu: 0 },
  };
  reads = 0;
  bound: number | undefined;
  held: number | undefined;
  readonly holds: number[] = [];

  async glance() {
    return this.reading;
  }
  async read() {
    this.reads++;
    return this.reading;
  }
  async limit() {
    return this.bound;
  }
  async ceiling() {
    return this.held;
  }
  async hold(_id: string, bytes: number) {
    this.holds.push(bytes);
    if (!this.reading) return bytes;
    const { used, activeFile, inactiveFile } = this.reading;
    const fixed = used - activeFile - inactiveFile;
    const left = Math.max(bytes, fixed);
    this.held = left;
    if (left < used) this.reading = { ...this.reading, used: left, activeFile: 0, inactiveFile: left - fixed };
    return left;
  }
  async release() {
    this.held = undefined;
  }
  async relimit<T>(_id: string, _soft: number | undefined, work: () => Promise<T>) {
    return work();
  }
  adopt(): void {}
  forget(): void {}
}

function governed(memory = new FakeMemory()) {
  let now = 0;
  const groups = new GovernedGroups({ memory, clock: () => (now += 1000), swaps: () => false, hostMemory });
  return { memory, groups };
}

test("without a target it may have what its limit or the host says", async () => {
  const { memory, groups } = governed();
  expect(await groups.demand(id)).toMatchObject({ target: hostMemory, most: hostMemory });
  memory.bound = 512 * mebibyte;
  expect(await groups.demand(id)).toMatchObject({ target: 512 * mebibyte, most: 512 * mebibyte });
});

test("a target holds until it is released", async () => {
  const { groups } = governed();
  expect(await groups.setTarget(id, 300 * mebibyte)).toBe(300 * mebibyte);
  expect(await groups.demand(id)).toMatchObject({ target: 300 * mebibyte, used: 300 * mebibyte });
  await groups.release(id);
  expect(await groups.demand(id)).toMatchObject({ target: hostMemory });
});

test("what cannot be taken it may have", async () => {
  const { groups } = governed();
  expect(await groups.setTarget(id, 10 * mebibyte)).toBe(116 * mebibyte);
  expect(await groups.demand(id)).toMatchObject({ target: 116 * mebibyte, least: 116 * mebibyte });
});

test("as much as its limit is no target", async () => {
  const { memory, groups } = governed();
  memory.bound = 512 * mebibyte;
  expect(await groups.setTarget(id, 600 * mebibyte)).toBe(512 * mebibyte);
  expect(memory.holds).toEqual([]);
});

test("one of an earlier daemon still counts", async () => {
  const { memory, groups } = governed();
  memory.held = 450 * mebibyte;
  expect(await groups.demand(id)).toMatchObject({ target: 450 * mebibyte });
});

test("files that it reads beyond its target are taken again", async () => {
  const { memory, groups } = governed();
  await groups.setTarget(id, 200 * mebibyte);
  memory.reading &&= { ...memory.reading, used: 350 * mebibyte, inactiveFile: 150 * mebibyte };
  expect(await groups.demand(id)).toMatchObject({ used: 350 * mebibyte, target: 200 * mebibyte });
  expect(await groups.demand(id)).toMatchObject({ used: 200 * mebibyte, target: 200 * mebibyte });
  expect(memory.holds).toEqual([200 * mebibyte, 200 * mebibyte]);
});

test("what it allocates beyond its target it has", async () => {
  const { memory, groups } = governed();
  await groups.setTarget(id, 200 * mebibyte);
  memory.reading &&= { ...memory.reading, used: 350 * mebibyte, inactiveFile: 0, activeFile: 0 };
  await groups.demand(id);
  expect(await groups.demand(id)).toMatchObject({ target: 350 * mebibyte });
});

test("who stands still is not read again", async () => {
  const { memory, groups } = governed();
  await groups.demand(id);
  await groups.demand(id);
  expect(memory.reads).toBe(1);
});

test("a group that does not exist has no demand", async () => {
  const { memory, groups } = governed();
  memory.reading = undefined;
  expect(await groups.demand(id)).toBeUndefined();
});
