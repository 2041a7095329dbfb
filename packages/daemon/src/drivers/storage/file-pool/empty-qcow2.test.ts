import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { emptyQcow2, writeEmptyQcow2 } from "./empty-qcow2.ts";
import { readQcow2Header } from "./qcow2-header.ts";

const scratch = () => {
  const directory = mkdtempSync(join(tmpdir(), "lodge-qcow2-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, "disk.qcow2");
};

test.each([
  ["small, alone", { virtualSize: 512 }],
  ["on another", { virtualSize: 10 * 2 ** 30, backing: "../0123456789abcdef/disk.qcow2" }],
  ["a table of several clusters", { virtualSize: 10 * 2 ** 40, backing: "x" }],
])("is read as it was meant: %s", async (_name, disk) => {
  const path = scratch();
  await writeEmptyQcow2(path, disk);
  expect(await readQcow2Header(path)).toEqual({ ...disk, externalData: false, empty: true });
  await expect(writeEmptyQcow2(path, disk)).rejects.toThrow("EEXIST");
});

test("has whole sectors", async () => {
  const path = scratch();
  await writeEmptyQcow2(path, { virtualSize: 1_000_001 });
  expect(await readQcow2Header(path)).toMatchObject({ virtualSize: 1_000_448 });
});

test("every cluster of it is counted once", () => {
  const { pieces, length } = emptyQcow2({ virtualSize: 10 * 2 ** 40 });
  const counts = pieces.at(-1)?.bytes;
  expect(counts?.length).toBe((length / 65_536) * 2);
  expect(counts?.every((byte, index) => byte === index % 2)).toBe(true);
});
