import { expect, test } from "vitest";
import { beginningSize, type Growable, growthArguments, growthTo, roomFor } from "./growth.ts";

const mebibyte = 2 ** 20;
const size = (cpus: number, mebibytes: number) => ({ cpus, memory: mebibytes * mebibyte });
const fixed = size(1, 256);
const growable = { ...fixed, room: { cpus: 4, reserve: 1024 * mebibyte } };

test.each<[string, Growable, ReturnType<typeof size>, ReturnType<typeof size> | undefined]>([
  ["as it is", fixed, size(1, 256), size(0, 0)],
  ["no other size without room", fixed, size(1, 512), undefined],
  ["nothing more", growable, size(1, 256), size(0, 0)],
  ["memory and CPUs", growable, size(4, 1024), size(3, 768)],
  ["whole steps of memory", growable, size(1, 262), size(0, 4)],
  ["all that there is room for", growable, size(4, 1280), size(3, 1024)],
  ["no more memory than there is room for", growable, size(1, 1281), undefined],
  ["no more CPUs than there is room for", growable, size(5, 256), undefined],
  ["no less", growable, size(1, 128), undefined],
  ["what it has", { ...growable, grown: size(1, 128) }, size(2, 384), size(1, 128)],
  ["more than it has", { ...growable, grown: size(1, 128) }, size(3, 512), size(2, 256)],
  ["no less memory than it has", { ...growable, grown: size(1, 256) }, size(1, 384), undefined],
  ["fewer CPUs, which stay in their places", { ...growable, grown: size(1, 128) }, size(1, 384), size(1, 128)],
])("a machine can have %s", (_, machine, asked, growth) => {
  expect(growthTo(asked, machine)).toEqual(growth);
});

test("a fork can have less than came to its source, and not less than that booted with", () => {
  const source = { ...growable, grown: size(1, 256) };
  expect(growthTo(size(1, 384), source, true)).toEqual(size(1, 128));
  expect(growthTo(size(1, 256), source, true)).toEqual(size(1, 0));
  expect(growthTo(size(1, 128), source, true)).toBeUndefined();
});

test("room is what is beyond the start", () => {
  expect(roomFor(size(2, 1023), size(4, 256))).toEqual({ cpus: 4, reserve: 764 * mebibyte });
  expect(roomFor(size(2, 128), size(2, 256))).toEqual({ cpus: 2, reserve: 0 });
});

test("memory that is to come is private, and none of it is set aside", () => {
  const room = { cpus: 2, reserve: 768 * mebibyte };
  const args = growthArguments(room, 0, false);
  expect(args.slice(0, 2)).toEqual(["-object", "memory-backend-ram,id=growth.ram,size=768M,reserve=off"]);
  expect(JSON.parse(args[3] ?? "")).toMatchObject({ driver: "virtio-mem-pci", "requested-size": 0 });
  expect(growthArguments({ cpus: 2, reserve: 0 }, 0, false)).toEqual([]);
});

test("memory comes from the first moment on, and is others' to see where all of it is", () => {
  const [, object, , device = ""] = growthArguments({ cpus: 2, reserve: 768 * mebibyte }, 512 * mebibyte, true);
  expect(object).toBe("memory-backend-memfd,share=on,id=growth.ram,size=768M,reserve=off");
  expect(JSON.parse(device)).toMatchObject({ "requested-size": 512 * mebibyte });
});

test.each([
  ["half of it comes", 512, 512],
  ["whole steps come", 511, 512],
  ["nothing comes", undefined, 0],
])("of 1 GiB %s", (_, boot, more) => {
  const most = { ...size(8, 4096), ...(boot !== undefined && { boot: boot * mebibyte }) };
  expect(beginningSize(size(4, 1024), most)).toEqual({
    size: size(4, 1024 - more),
    more: more * mebibyte,
    room: { cpus: 8, reserve: (3072 + more) * mebibyte },
  });
});
