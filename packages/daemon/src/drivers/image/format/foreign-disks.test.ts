import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReadAt } from "./read-at.ts";
import { checkVdi } from "./vdi.ts";
import { checkVhdx } from "./vhdx.ts";
import { checkVmdk } from "./vmdk.ts";

const invalid = (message = /./) =>
  expect.objectContaining({ code: "image_invalid", message: expect.stringMatching(message) });
const over =
  (bytes: Buffer): ReadAt =>
  async (position, length) =>
    bytes.subarray(position, position + length);

type Check = (bytes: Buffer) => Promise<void>;
const vmdk: Check = (bytes) => checkVmdk(over(bytes), bytes.length);
const vhdx: Check = (bytes) => checkVhdx(over(bytes));
const vdi: Check = (bytes) => checkVdi(over(bytes), bytes.length);

/** Whatever is changed in a sound header, it is sound or refused. */
function neverFailsOtherwise(check: Check, sound: () => Buffer, places: readonly (readonly [number, number])[]) {
  const place = fc.constantFrom(...places).chain(([start, length]) => fc.nat(length - 1).map((at) => start + at));
  const changes = fc.array(fc.record({ at: place, byte: fc.nat(255) }), { minLength: 1, maxLength: 6 });
  return fc.assert(
    fc.asyncProperty(changes, fc.option(fc.nat(sound().length)), async (bytes, cut) => {
      const changed = sound().subarray(0, cut ?? undefined);
      for (const { at, byte } of bytes) if (at < changed.length) changed[at] = byte;
      const error = await check(changed).catch((reason: unknown) => reason);
      if (error !== undefined) expect(error).toEqual(invalid());
    }),
    { numRuns: 500 },
  );
}

describe("vmdk", () => {
  const description = (change: (text: string) => string = (text) => text) =>
    change(
      [
        "# Disk DescriptorFile",
        "version=1",
        "CID=12345678",
        "parentCID=ffffffff",
        'createType="monolithicSparse"',
        "",
        'RW 20480 SPARSE "disk.vmdk"',
        "",
        'ddb.virtualHWVersion = "4"',
      ].join("\n"),
    );
  const header = (change: (bytes: Buffer) => void = () => {}) => {
    const bytes = Buffer.alloc(512);
    bytes.write("KDMV", "latin1");
    bytes.writeUInt32LE(1, 4);
    bytes.writeBigUInt64LE(20_480n, 12);
    bytes.writeBigUInt64LE(128n, 20);
    bytes.writeBigUInt64LE(1n, 28);
    bytes.writeBigUInt64LE(20n, 36);
    bytes.writeUInt32LE(512, 44);
    bytes.writeBigUInt64LE(21n, 56);
    change(bytes);
    return bytes;
  };
  const disk = (head = header(), text = description(), ...more: Buffer[]) =>
    Buffer.concat([head, Buffer.from(text.padEnd(20 * 512, "\0"), "latin1"), ...more]);
  const streamed = (footer = header()) => {
    const head = header((bytes) => bytes.writeBigUInt64LE(0xffff_ffff_ffff_ffffn, 56));
    const text = description((whole) => whole.replace("monolithicSparse", "streamOptimized"));
    return disk(head, text, Buffer.alloc(1024), footer, Buffer.alloc(512));
  };

  it("in one file is taken", async () => {
    await vmdk(disk());
    await vmdk(streamed());
  });
  it.each<[string, Buffer, RegExp]>([
    ["a description alone", Buffer.from(description().padEnd(600)), /no vmdk in one file/],
    ["no capacity, so that the description counts", disk(header((b) => b.writeBigUInt64LE(0n, 12))), /empty/],
    ["an absurd capacity", disk(header((b) => b.writeBigUInt64LE(1n << 60n, 12))), /16 TiB/],
    ["a description elsewhere", disk(header((b) => b.writeBigUInt64LE(3n, 28))), /begin with its description/],
    ["an unknown version", disk(header((b) => b.writeUInt32LE(9, 4))), /version/],
    ["a footer without capacity", streamed(header((b) => b.writeBigUInt64LE(0n, 12))), /empty/],
    ["a footer that is none", streamed(Buffer.alloc(512)), /no vmdk/],
    [
      "a parent",
      disk(
        header(),
        description((t) => t.replace("ffffffff", "12345678")),
      ),
      /parent/,
    ],
    [
      "no word of a parent",
      disk(
        header(),
        description((t) => t.replace("parentCID", "childCID")),
      ),
      /parent/,
    ],
    [
      "a parent's name",
      disk(
        header(),
        description((t) => `${t}\nparentFileNameHint="/etc/passwd"`),
      ),
      /needs another file/,
    ],
    [
      "a parent's name behind the end of the text",
      disk(header(), `${description()}\0parentFileNameHint="/etc/passwd"`),
      /needs another file/,
    ],
    [
      "a flat part in another file",
      disk(
        header(),
        description((t) => t.replace('SPARSE "disk.vmdk"', 'FLAT "/etc/passwd" 0')),
      ),
      /other files/,
    ],
    [
      "two parts",
      disk(
        header(),
        description((t) => `${t}\nRW 1 SPARSE "b.vmdk"`),
      ),
      /other files/,
    ],
    [
      "no part",
      disk(
        header(),
        description((t) => t.replace("RW ", "XX ")),
      ),
      /other files/,
    ],
    [
      "another type",
      disk(
        header(),
        description((t) => t.replace("monolithicSparse", "twoGbMaxExtentSparse")),
      ),
      /other files/,
    ],
    ["nothing behind the header", header(), /./],
  ])("with %s is refused", (_, bytes, message) => expect(vmdk(bytes)).rejects.toEqual(invalid(message)));
  it("never fails otherwise", async () => {
    await neverFailsOtherwise(vmdk, disk, [
      [0, 512],
      [512, 400],
    ]);
    await neverFailsOtherwise(vmdk, streamed, [
      [0, 512],
      [512 * 23, 1024],
    ]);
  });
});

describe("vhdx", () => {
  const kibibyte = 1024;
  const metadataAt = 1024 * kibibyte;
  const region = "8b7ca206-4790-4b9a-b8fe-575f050f886e";
  const guid = (text: string) => {
    const hex = text.replaceAll("-", "");
    const swapped = [
      [0, 8],
      [8, 12],
      [12, 16],
    ].map(([start, end]) => Buffer.from(hex.slice(start, end), "hex").reverse());
    return Buffer.concat([...swapped, Buffer.from(hex.slice(16), "hex")]);
  };
  const item = (bytes: Buffer, index: number, id: string, offset: number) => {
    guid(id).copy(bytes, metadataAt + 32 + index * 32);
    bytes.writeUInt32LE(offset, metadataAt + 32 + index * 32 + 16);
    bytes.writeUInt16LE(index + 1, metadataAt + 10);
  };
  const parameters = metadataAt + 64 * kibibyte;
  const disk = (change: (bytes: Buffer) => void = () => {}) => {
    const bytes = Buffer.alloc(metadataAt + 65 * kibibyte);
    bytes.write("vhdxfile", "latin1");
    for (const table of [192, 256]) {
      bytes.write("regi", table * kibibyte, "latin1");
      bytes.writeUInt32LE(1, table * kibibyte + 8);
      guid(region).copy(bytes, table * kibibyte + 16);
      bytes.writeBigUInt64LE(BigInt(metadataAt), table * kibibyte + 32);
    }
    bytes.write("metadata", metadataAt, "latin1");
    item(bytes, 0, "caa16737-fa36-4d43-b3b6-33f0aa44e76b", 64 * kibibyte);
    item(bytes, 1, "2fa54224-cd1b-4876-b211-5dbed83bf4b8", 64 * kibibyte + 8);
    bytes.writeUInt32LE(1 << 20, parameters);
    bytes.writeBigUInt64LE(1n << 30n, parameters + 8);
    change(bytes);
    return bytes;
  };

  it("that stands alone is taken", () => vhdx(disk()));
  it.each<[string, (bytes: Buffer) => void, RegExp]>([
    ["another name", (b) => b.write("vhdxfilf", "latin1"), /no vhdx/],
    ["a parent", (b) => b.writeUInt32LE(0b10, parameters + 4), /differencing/],
    ["the place of a parent", (b) => item(b, 2, "a8d35f2d-b30b-454d-abf7-d3d84834ab0c", 1024), /differencing/],
    ["no size", (b) => b.writeBigUInt64LE(0n, parameters + 8), /empty/],
    ["an absurd size", (b) => b.writeBigUInt64LE(1n << 63n, parameters + 8), /16 TiB/],
    ["no tables", (b) => b.fill(0, 192 * kibibyte, 320 * kibibyte), /no region table/],
    ["a second table with other metadata", (b) => b.writeBigUInt64LE(0n, 256 * kibibyte + 32), /no metadata/],
    ["metadata nowhere", (b) => b.writeBigUInt64LE(1n << 62n, 192 * kibibyte + 32), /leads nowhere/],
    ["metadata behind its end", (b) => b.writeBigUInt64LE(1n << 40n, 192 * kibibyte + 32), /cut off/],
    ["too many regions", (b) => b.writeUInt32LE(1 << 30, 192 * kibibyte + 8), /too many/],
    ["no parameters", (b) => b.writeUInt16LE(0, metadataAt + 10), /not whole/],
  ])("with %s is refused", (_, change, message) => expect(vhdx(disk(change))).rejects.toEqual(invalid(message)));
  it("never fails otherwise", () =>
    neverFailsOtherwise(vhdx, disk, [
      [0, 8],
      [192 * kibibyte, 64],
      [256 * kibibyte, 64],
      [metadataAt, 96],
      [parameters, 16],
    ]));
});

describe("vdi", () => {
  const disk = (change: (bytes: Buffer) => void = () => {}) => {
    const bytes = Buffer.alloc(512);
    bytes.writeUInt32LE(0xbeda107f, 0x40);
    bytes.writeUInt32LE(0x00010001, 0x44);
    bytes.writeUInt32LE(1, 0x4c);
    bytes.writeUInt32LE(512, 0x158);
    bytes.writeBigUInt64LE(1n << 30n, 0x170);
    bytes.writeUInt32LE(1 << 20, 0x178);
    change(bytes);
    return bytes;
  };
  it("that stands alone is taken", () => vdi(disk()));
  it.each<[string, (bytes: Buffer) => void, RegExp]>([
    ["another signature", (b) => b.writeUInt32LE(1, 0x40), /no vdi/],
    ["another version", (b) => b.writeUInt32LE(0x00020000, 0x44), /no vdi/],
    ["changes to another disk", (b) => b.writeUInt32LE(4, 0x4c), /differencing/],
    ["a parent", (b) => b.writeUInt32LE(7, 0x1b8), /differencing/],
    ["no size", (b) => b.writeBigUInt64LE(0n, 0x170), /empty/],
    ["blocks behind its end", (b) => b.writeUInt32LE(2, 0x184), /cut off/],
  ])("with %s is refused", (_, change, message) => expect(vdi(disk(change))).rejects.toEqual(invalid(message)));
  it("never fails otherwise", () => neverFailsOtherwise(vdi, disk, [[0, 512]]));
});
