/** What qemu-img says of the files that are written here. */
import { execFileSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeEmptyQcow2 } from "./empty-qcow2.ts";
import { makeScratch } from "./testing/pool-host.ts";

test("qemu-img finds an empty disk whole, and as it makes one itself", async () => {
  const directory = await makeScratch();
  onTestFinished(() => rm(directory, { recursive: true }));
  const [base, path] = [join(directory, "base.qcow2"), join(directory, "disk.qcow2")];
  const virtualSize = 10 * 2 ** 40;
  await writeEmptyQcow2(base, { virtualSize });
  await writeEmptyQcow2(path, { virtualSize, backing: "base.qcow2" });
  const told = (...args: string[]) => JSON.parse(String(execFileSync("qemu-img", [...args, "--output=json", path])));
  expect(told("check")).toMatchObject({ "check-errors": 0 });
  expect(told("info")).toMatchObject({
    ...{ format: "qcow2", "virtual-size": virtualSize, "cluster-size": 65_536 },
    ...{ "backing-filename": "base.qcow2", "backing-filename-format": "qcow2" },
    "format-specific": { data: { compat: "1.1", corrupt: false, "refcount-bits": 16 } },
  });
});
