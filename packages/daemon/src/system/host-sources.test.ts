import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { hostSources } from "./host-sources.ts";

const scratch = mkdtempSync(join(tmpdir(), "lodge-sources-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const file = (name: string, size: number, pieces: readonly (readonly [number, string | Buffer])[]): string => {
  const content = Buffer.alloc(size);
  for (const [offset, piece] of pieces) Buffer.from(piece as string, "latin1").copy(content, offset);
  writeFileSync(join(scratch, name), content);
  return join(scratch, name);
};
const eight = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
const magic = "QFI\xfb";

it.each([
  ["iso", file("an.iso", 40_000, [[32_769, "CD001"]])],
  ["raw", file("empty.img", 0, [])],
  ["raw", file("disk.img", 512, [[510, "\x55\xaa"]])],
  ["qcow2", file("disk.qcow2", 512, [[0, `${magic}\0\0\0\x03`]])],
  [
    "qcow2",
    file("old.qcow2", 512, [
      [0, `${magic}\0\0\0\x02`],
      [72, eight(4n)],
    ]),
  ],
])("a file is %s", async (format, path) => {
  expect(await hostSources.inspect(path)).toEqual({ kind: "file", format });
});

it.each([
  [
    "a backing file",
    file("b.qcow2", 512, [
      [0, magic],
      [8, eight(512n)],
    ]),
  ],
  [
    "an external data file",
    file("d.qcow2", 512, [
      [0, `${magic}\0\0\0\x03`],
      [72, eight(4n)],
    ]),
  ],
  ["truncated", file("t.qcow2", 50, [[0, magic]])],
])("a qcow2 with %s is refused", async (words, path) => {
  await expect(hostSources.inspect(path)).rejects.toThrow(words);
});

it("tells directories, devices and nothing apart", async () => {
  expect(await hostSources.inspect(scratch)).toEqual({ kind: "directory" });
  expect(await hostSources.inspect("/dev/null")).toEqual({ kind: "character" });
  expect(await hostSources.inspect(join(scratch, "missing"))).toBeUndefined();
});
