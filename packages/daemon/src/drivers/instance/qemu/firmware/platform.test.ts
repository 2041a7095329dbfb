import { expect, test } from "vitest";
import { diskPlatform, wantedPlatform } from "./platform.ts";

test.each([
  [{}, undefined],
  [{ "security.csm": "true" }, "bios"],
  [{ "security.csm": "false" }, "uefi"],
  [{ "security.secureboot": "true" }, "uefi"],
  [{ "security.secureboot": "false" }, undefined],
  [{ "image.requirements.csm": "true" }, "bios"],
  [{ "image.requirements.csm": "true", "security.csm": "false" }, "uefi"],
])("configuration %j asks for %s", (config, platform) => expect(wantedPlatform(config)).toBe(platform));

/** A first sector with boot code and a partition of a type. */
function dosDisk(code: number, type: number): Buffer {
  const disk = Buffer.alloc(4096);
  disk[0] = code;
  disk[446 + 4] = type;
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

test.each([
  ["an empty one", Buffer.alloc(4096), "uefi"],
  ["one that is shorter than a sector", Buffer.alloc(10), "uefi"],
  ["boot code in the first sector", dosDisk(0xeb, 0x83), "bios"],
  ["partitions without boot code", dosDisk(0, 0x83), "uefi"],
  ["an EFI system partition in a DOS table", dosDisk(0xeb, 0xef), "uefi"],
])("a disk: %s", (_what, disk, platform) => expect(diskPlatform(disk)).toBe(platform));
