import { expect, test } from "vitest";
import { HeldMemory, type MemoryFiles } from "./held-memory.ts";

const id = "00000001";

/** Groups whose files are in memory, and which give when they are told to. */
function group(before?: number) {
  let written = before;
  let superseded = 0;
  const takes: { bytes: number; give: () => void }[] = [];
  const files: MemoryFiles = {
    glance: async () => undefined,
    read: async () => undefined,
    limit: async () => undefined,
    ceiling: {
      read: async () => written,
      write: async (_id, bytes) => {
        written = bytes;
      },
    },
    async take(_id, bytes, hold, signal) {
      await hold(bytes);
      await new Promise<void>((resolve) => {
        takes.push({ bytes, give: resolve });
        signal.addEventListener("abort", () => resolve(void superseded++));
      });
      return bytes;
    },
  };
  return { memory: new HeldMemory(files), takes, written: () => written, superseded: () => superseded };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a newer call ends one that is under way, and is done after it", async () => {
  const { memory, takes, written, superseded } = group();
  const first = memory.hold(id, 300);
  await settled();
  const second = memory.hold(id, 200);
  expect(await first).toBe(300);
  await settled();
  expect([takes.map(({ bytes }) => bytes), superseded(), written()]).toEqual([[300, 200], 1, 200]);
  takes[1]?.give();
  expect(await second).toBe(200);
});

test("it is let go of only when what is under way has ended", async () => {
  const { memory, written, superseded } = group();
  const held = memory.hold(id, 300);
  await settled();
  await memory.release(id);
  await held;
  expect([superseded(), written(), await memory.ceiling(id)]).toEqual([1, undefined, undefined]);
});

test("another limit by its configuration comes when nothing is taken, and leaves it held", async () => {
  const { memory, written, superseded } = group();
  const held = memory.hold(id, 300);
  await settled();
  // A limit that is written sets what holds the group anew.
  const during = await memory.relimit(id, 500, async () => [superseded(), written()]);
  await held;
  expect([during, written(), await memory.ceiling(id)]).toEqual([[1, 300], 300, 300]);
  await memory.release(id);
  expect(written()).toBe(500);
});

test("it stays held when the limit could not be written, by this daemon or an earlier one", async () => {
  const { memory, written } = group(300);
  const failed = memory.relimit(id, undefined, async () => {
    throw new Error("no such limit");
  });
  await expect(failed).rejects.toThrow("no such limit");
  expect([written(), await memory.ceiling(id)]).toEqual([300, 300]);
});

test("of a group that is removed nothing is left for the next of its id", async () => {
  const { memory, written } = group();
  memory.adopt(id, 500);
  await memory.relimit(id, 400, async () => undefined);
  memory.forget(id);
  await memory.release(id);
  expect(written()).toBeUndefined();
});
