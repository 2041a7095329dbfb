import { describe, expect, it } from "vitest";
import { diskLayout, sfdiskScript } from "./disk-layout.ts";

const mebibyte = 2 ** 20;

describe("diskLayout", () => {
  it("puts the root last, up to the backup of the table", () => {
    const { bios, esp, boot, root, size } = diskLayout(1024 * mebibyte, 128 * mebibyte);
    const parts = [bios, esp, boot, root];
    for (const [index, part] of parts.entries()) {
      expect(part.number).toBe(index + 1);
      expect(part.start % mebibyte).toBe(0);
      if (index > 0) expect(part.start).toBe((parts[index - 1]?.start ?? 0) + (parts[index - 1]?.length ?? 0));
    }
    expect(root.start + root.length).toBe(size - mebibyte);
  });

  it("refuses a disk without room for the root", () => {
    expect(() => diskLayout(256 * mebibyte, 200 * mebibyte)).toThrow(/disk\.size/);
  });

  it("describes itself to sfdisk", () => {
    expect(sfdiskScript(diskLayout(2048 * mebibyte, 64 * mebibyte)).split("\n")).toEqual([
      "label: gpt",
      "unit: sectors",
      'start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, name="lodge-bios"',
      'start=4096, size=131072, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="lodge-esp"',
      'start=135168, size=131072, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="lodge-boot"',
      'start=266240, size=3926016, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="lodge-root"',
      "",
    ]);
  });
});
