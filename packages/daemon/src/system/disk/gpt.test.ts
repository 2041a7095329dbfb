import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { gptBytes, parseGpt } from "./gpt.ts";

const esp = "28732ac11ff8d211ba4b00a0c93ec93b";

function disk(partitions: readonly { type: string; first: bigint; last: bigint; name: string }[]): Buffer {
  const bytes = Buffer.alloc(gptBytes);
  const entries = bytes.subarray(1024, 1024 + 128 * 128);
  for (const [index, { type, first, last, name }] of partitions.entries()) {
    const entry = entries.subarray(index * 128, (index + 1) * 128);
    entry.write(type, 0, "hex");
    entry.writeBigUInt64LE(first, 32);
    entry.writeBigUInt64LE(last, 40);
    entry.write(name, 56, "utf16le");
  }
  const header = bytes.subarray(512, 512 + 92);
  header.write("EFI PART", 0, "latin1");
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  header.writeUInt32LE(crc32(entries), 88);
  header.writeUInt32LE(crc32(header), 16);
  return bytes;
}

describe("parseGpt", () => {
  const partitions = [
    { type: esp, first: 2048n, last: 4095n, name: "lodge-esp" },
    { type: "00".repeat(16), first: 0n, last: 0n, name: "" },
    { type: esp, first: 4096n, last: 4096n, name: "ünï" },
  ];

  it("reads number, name, type and place of each partition", () => {
    const type = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
    expect(parseGpt(disk(partitions))).toEqual([
      { number: 1, name: "lodge-esp", type, start: 1024 ** 2, length: 1024 ** 2 },
      { number: 3, name: "ünï", type, start: 2 * 1024 ** 2, length: 512 },
    ]);
  });

  it.each([
    ["is too short", (bytes: Buffer) => bytes.subarray(0, 600)],
    ["has no table", () => Buffer.alloc(gptBytes)],
    ["has a damaged header", (bytes: Buffer) => bytes.fill(1, 540, 541)],
    ["has damaged entries", (bytes: Buffer) => bytes.fill(1, 1100, 1101)],
    ["lies about its header's size", (bytes: Buffer) => bytes.fill(0xff, 524, 528)],
  ])("gives nothing when the disk %s", (_, damage) => {
    expect(parseGpt(damage(disk(partitions)))).toBeUndefined();
  });
});
