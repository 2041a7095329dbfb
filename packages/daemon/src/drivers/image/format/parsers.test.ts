import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileKind, kindBytes } from "./file-kind.ts";
import { parseMetadata } from "./metadata.ts";
import { checkQcow2Header } from "./qcow2.ts";
import { isRawDisk } from "./raw-disk.ts";
import { listedEntry } from "./squashfs.ts";

const invalid = expect.objectContaining({ code: "image_invalid" });
/** Whatever comes in, nothing but a refusal comes out. */
const neverFailsOtherwise = (parse: () => unknown) => {
  try {
    parse();
  } catch (error) {
    expect(error).toEqual(invalid);
  }
};

describe("fileKind", () => {
  it.each([
    ["68737173", { kind: "squashfs" }],
    ["514649fb", { kind: "disk", format: "qcow2" }],
    ["4b444d56", { kind: "disk", format: "vmdk" }],
    ["7668647866696c65", { kind: "disk", format: "vhdx" }],
    [`${"3c".repeat(64)}7f10dabe`, { kind: "disk", format: "vdi" }],
    ["fd377a585a0000", { kind: "tar", compression: "xz" }],
    ["28b52ffd", { kind: "tar", compression: "zstd" }],
    ["1f8b08", { kind: "tar", compression: "gzip" }],
    ["425a6839", { kind: "tar", compression: "bzip2" }],
    [`${"00".repeat(257)}7573746172`, { kind: "tar", compression: "none" }],
    [`${"00".repeat(0x8001)}4344303031`, { kind: "iso" }],
    ["89504e47", undefined],
    ["", undefined],
  ])("of %s", (hex, kind) => expect(fileKind(Buffer.from(hex, "hex"))).toEqual(kind));
  it("an ISO that can be written to a stick is an ISO", () => {
    const head = withPartition();
    head.write("CD001", 0x8001);
    expect(fileKind(head)).toEqual({ kind: "iso" });
  });
  it.each(["# Disk DescriptorFile\nversion=1\n", "COWD\x01"])("%j is refused in words", (text) =>
    expect(fileKind(Buffer.from(text))).toMatchObject({ kind: "refused", why: expect.stringContaining("qemu-img") }),
  );
});

/** The beginning of a disk with one partition. */
function withPartition(change: (head: Buffer) => void = () => {}): Buffer {
  const head = Buffer.alloc(kindBytes);
  head.writeUInt16BE(0x55aa, 510);
  head.writeUInt8(0x83, 446 + 4);
  head.writeUInt32LE(2048, 446 + 8);
  head.writeUInt32LE(4096, 446 + 12);
  change(head);
  return head;
}

describe("isRawDisk", () => {
  const text = (words: string, offset: number) => {
    const head = Buffer.alloc(kindBytes);
    head.write(words, offset, "latin1");
    return head;
  };
  it.each<[string, Buffer]>([
    ["a partition table", withPartition()],
    ["an active partition", withPartition((head) => head.writeUInt8(0x80, 446))],
    ["ext4", text("\x53\xef", 0x438)],
    ["XFS", text("XFSB", 0)],
    ["btrfs", text("_BHRfS_M", 0x10040)],
    ["LVM", text("LABELONE", 512)],
    ["NTFS", text("NTFS    ", 3)],
    ["FAT", text("FAT16   ", 54)],
  ])("knows %s", (_, head) => expect(isRawDisk(head)).toBe(true));
  it.each<[string, Buffer]>([
    ["nothing", Buffer.alloc(0)],
    ["zeros", Buffer.alloc(kindBytes)],
    ["a boot sector that is all code", withPartition((head) => head.fill(0xf4, 446, 510))],
    ["a table without partitions", withPartition((head) => head.fill(0, 446, 510))],
    ["a partition without sectors", withPartition((head) => head.writeUInt32LE(0, 446 + 12))],
  ])("does not take %s for one", (_, head) => expect(isRawDisk(head)).toBe(false));
  it("looks at whatever comes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2048 }), (bytes) => void fileKind(Buffer.from(bytes))));
  });
});

describe("parseMetadata", () => {
  it("reads what LXD writes", () => {
    const text =
      "architecture: amd64\ncreation_date: 1700000000\nproperties:\n  os: Debian\n  release: 12\n  empty:\ntemplates: {}\nnew_key: 1\n";
    expect(parseMetadata(text)).toEqual({
      architecture: "x86_64",
      creationDate: 1_700_000_000,
      properties: { os: "Debian", release: "12", empty: "" },
    });
  });
  it.each([
    "",
    "{",
    "architecture: x86_64",
    "architecture: ../x\ncreation_date: 1",
    "architecture: x86_64\ncreation_date: -1",
    "architecture: x86_64\ncreation_date: 1\nproperties: [a]",
    "architecture: x86_64\ncreation_date: 1\nproperties: {a: {b: c}}",
  ])("refuses %j", (text) => expect(() => parseMetadata(text)).toThrow(invalid));
  it("never fails otherwise", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => neverFailsOtherwise(() => parseMetadata(text))));
  });
});

describe("checkQcow2Header", () => {
  const header = (change: (bytes: Buffer) => void = () => {}) => {
    const bytes = Buffer.alloc(104);
    bytes.write("QFI\xfb", "latin1");
    bytes.writeUInt32BE(3, 4);
    bytes.writeBigUInt64BE(1n << 30n, 24);
    change(bytes);
    return bytes;
  };
  it("takes a plain disk", () => expect(checkQcow2Header(header())).toEqual({ snapshots: 0 }));
  it("counts snapshots", () =>
    expect(checkQcow2Header(header((bytes) => bytes.writeUInt32BE(2, 60)))).toEqual({ snapshots: 2 }));
  it.each<[string, (bytes: Buffer) => void]>([
    ["a backing file", (bytes) => bytes.writeBigUInt64BE(512n, 8)],
    ["encryption", (bytes) => bytes.writeUInt32BE(1, 32)],
    ["another magic", (bytes) => bytes.writeUInt32BE(0, 0)],
    ["no size", (bytes) => bytes.writeBigUInt64BE(0n, 24)],
    ["a size beyond all disks", (bytes) => bytes.writeBigUInt64BE(1n << 60n, 24)],
    ["a corrupt mark", (bytes) => bytes.writeBigUInt64BE(2n, 72)],
    ["a data file", (bytes) => bytes.writeBigUInt64BE(4n, 72)],
    ["an unknown version", (bytes) => bytes.writeUInt32BE(9, 4)],
  ])("refuses %s", (_, change) => expect(() => checkQcow2Header(header(change))).toThrow(invalid));
  it("never fails otherwise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) =>
        neverFailsOtherwise(() => checkQcow2Header(Buffer.from(bytes))),
      ),
    );
  });
});

describe("listedEntry", () => {
  it.each([
    ["drwxr-xr-x 0/0                     103 2026-11-22 14:38 squashfs-root", { path: "", type: "directory", size: 0 }],
    [
      "-rw-r--r-- 0/0                       2 2026-11-22 14:38 squashfs-root/a/sp ace",
      { path: "a/sp ace", type: "file", size: 2 },
    ],
    [
      "lrwxrwxrwx 0/0                       3 2026-11-22 14:38 squashfs-root/l k -> x y",
      { path: "l k", type: "symlink", size: 0 },
    ],
    [
      "crw-r--r-- 0/0                   1,  3 2026-11-22 14:38 squashfs-root/null",
      { path: "null", type: "character-device", size: 0, device: { major: 1, minor: 3 } },
    ],
    [
      "-rwsr-xr-t 1000/1000              2048 2026-11-22 14:38 squashfs-root/s",
      { path: "s", type: "file", size: 2048 },
    ],
  ])("%s", (line, entry) => expect(listedEntry(line)).toMatchObject(entry));
  it("refuses what it cannot read, such as the second half of a name with a line break", () => {
    expect(() => listedEntry("etc/passwd")).toThrow(invalid);
    fc.assert(fc.property(fc.string(), (line) => neverFailsOtherwise(() => listedEntry(line))));
  });
});
