import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeKernelHead } from "./kernel-head.ts";

test.each([
  ["a kernel", 27, "HdrS", 29 * 512],
  ["an old one, which does not say how long its setup code is", 0, "HdrS", 6 * 512],
  ["no kernel for x86", 27, "none", undefined],
])("%s", async (_name, sectors, signature, length) => {
  const directory = mkdtempSync(join(tmpdir(), "lodge-kernel-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [kernel, head] = [join(directory, "kernel"), join(directory, "head")];
  const bytes = Buffer.alloc(100_000, "x");
  bytes[0x1f1] = sectors;
  bytes.write(signature, 0x202);
  writeFileSync(kernel, bytes);
  expect(await writeKernelHead(kernel, head)).toBe(length !== undefined);
  if (length !== undefined) expect(readFileSync(head)).toEqual(bytes.subarray(0, length));
});
