import { closeSync, fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { createMemoryFile, sealMemoryFile } from "./memory-file.ts";

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
