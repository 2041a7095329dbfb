import { expect, test } from "vitest";
import { forkMemory, nearestMemory, sizeRefusal, templateMemory, withTemplateSize } from "./sizes.ts";

test("a template has one CPU and the memory that it was made with, whatever is asked for", () => {
  const config = { "limits.memory": "8GiB", "limits.cpu": "4", "limits.cpu.model": "Nehalem" };
  expect(withTemplateSize(config, 2 ** 28)).toEqual({
    ...{ "limits.memory": "256MiB", "limits.cpu": "1", "limits.cpu.model": "Nehalem" },
  });
});

test.each([
  [{}, 512],
  [{ "limits.memory": "8GiB" }, 512],
  [{ "limits.memory": "1023MiB" }, 256],
  [{ "limits.memory": "256MiB" }, 256],
])("for %j one has %d MiB", (config, mebibytes) => expect(templateMemory(config)).toBe(mebibytes * 2 ** 20));

test.each([
  [{}, undefined],
  [{ "limits.memory": "256MiB" }, undefined],
  [{ "limits.memory": "255MiB" }, "templates have 256MiB of memory at least, and it has less"],
])("%j: %s", (config, why) => expect(sizeRefusal(config)).toBe(why));

test.each([
  [1024, [256, 512], 512],
  [8192, [256, 512], 512],
  [8192, [256], 256],
  [768, [256, 512], 256],
  [768, [512], 512],
  [512, [512], 512],
  [511, [512], undefined],
  [1024, [], undefined],
])("%d MiB begin, with templates of %j, from that of %s", (asked, memories, nearest) => {
  const bytes = (mebibytes: number) => mebibytes * 2 ** 20;
  expect(nearestMemory(bytes(asked), memories.map(bytes))).toBe(nearest && bytes(nearest));
});

test("the usual one has what instances usually have, the least one nothing beside what it booted with", () => {
  expect([forkMemory(2 ** 29), forkMemory(2 ** 28)]).toEqual([2 ** 30, 2 ** 28]);
});
