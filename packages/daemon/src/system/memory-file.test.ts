import { closeSync, fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { createMemoryFile, digHoles, sealMemoryFile } from "./memory-file.ts";

test("what is sealed is read by everybody and changed by nobody", () => {
  const file = createMemoryFile("test", 4096);
  try {
    writeSync(file, "as it was");
    sealMemoryFile(file);
    expect(() => writeSync(file, "otherwise", 0)).toThrow(/EPERM/);
    expect(() => ftruncateSync(file, 1)).toThrow(/EPERM/);
    const buffer = Buffer.alloc(9);
    readSync(file, buffer, 0, 9, 0);
    expect(buffer.toString()).toBe("as it was");
    expect(fstatSync(file).size).toBe(4096);
  } finally {
    closeSync(file);
  }
});

test("pages of zeros take no memory once they are holes, and nothing else changes", async () => {
  const file = createMemoryFile("test", 64 * 4096);
  try {
    for (let page = 0; page < 64; page++) writeSync(file, Buffer.alloc(4096), 0, 4096, page * 4096);
    writeSync(file, "as it was", 40 * 4096);
    const before = fstatSync(file).blocks;
    await digHoles(file);
    expect(fstatSync(file)).toMatchObject({ size: 64 * 4096, blocks: before / 64 });
    const buffer = Buffer.alloc(9);
    readSync(file, buffer, 0, 9, 40 * 4096);
    expect(buffer.toString()).toBe("as it was");
  } finally {
    closeSync(file);
  }
});
