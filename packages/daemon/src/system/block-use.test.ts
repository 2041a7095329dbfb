import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { blockUse } from "./block-use.ts";

let root: string;
const controller = () => join(root, "devices/pci/ahci");

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lodge-block-"));
  mkdirSync(join(root, "class/block"), { recursive: true });
  mkdirSync(join(root, "self"));
  for (const [name, number] of [
    ["sda", "8:0"],
    ["sda1", "8:1"],
  ] as const) {
    const block = join(controller(), "block", name);
    mkdirSync(join(block, "holders"), { recursive: true });
    writeFileSync(join(block, "dev"), `${number}\n`);
    symlinkSync(block, join(root, "class/block", name));
  }
});
afterEach(() => rmSync(root, { recursive: true }));

const use = (mountinfo: string, swaps = "") => {
  writeFileSync(join(root, "self/mountinfo"), mountinfo);
  writeFileSync(join(root, "swaps"), `Filename Type Size\n${swaps}`);
  return blockUse(controller(), root, root);
};

test.each<[string, string, string, RegExp | undefined]>([
  ["nothing", "27 1 254:0 / / rw - ext4 /dev/vda rw\n", "", undefined],
  ["a mount, by number", "27 1 8:1 / /srv rw - ext4 /dev/root rw\n", "", /\/dev\/sda1 on it.*mounted at \/srv/],
  ["a mount, by source", "27 1 0:30 / /srv rw - btrfs /dev/sda rw\n", "", /\/dev\/sda on it/],
  ["swap", "", "/dev/sda1  partition 1\n", /\/dev\/sda1 on it, to which the host swaps/],
])("%s", async (_what, mountinfo, swaps, message) => {
  const found = await use(mountinfo, swaps);
  if (message) expect(found).toMatch(message);
  else expect(found).toBeUndefined();
});

test("part of something bigger", async () => {
  mkdirSync(join(controller(), "block/sda1/holders/dm-0"));
  expect(await use("")).toMatch(/part of the host's dm-0/);
});

test("a device without disks is free", async () => {
  expect(await blockUse(join(root, "devices/pci/nic"), root, root)).toBeUndefined();
});
