import { describe, expect, it } from "vitest";
import { patchBootSector, patchCoreImage } from "./mbr.ts";

describe("GRUB's first sectors", () => {
  it("the MBR loads the core image's sector and leaves the partition table alone", () => {
    const code = patchBootSector(Buffer.alloc(512, 0xaa), 2048);
    expect(code).toHaveLength(440);
    expect(code.readBigUInt64LE(0x5c)).toBe(2048n);
    expect(code.readUInt16LE(0x66)).toBe(0x9090);
  });

  it("the core image's first sector knows where the rest is", () => {
    const core = patchCoreImage(Buffer.alloc(512 * 3 + 1, 0xaa), 2048);
    expect(core).toHaveLength(2048);
    expect(core.readBigUInt64LE(500)).toBe(2049n);
    expect(core.readUInt16LE(508)).toBe(3);
    expect(core.readUInt16LE(510)).toBe(0x820);
    expect(core[499]).toBe(0xaa);
    expect(core.subarray(1537).every((byte) => byte === 0)).toBe(true);
  });
});
