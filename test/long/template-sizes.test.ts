/** A virtual machine that is larger than the template that it is forked from: its size and its memory go with whatever becomes of it. */
import { availableParallelism } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
const cpus = Math.min(2, availableParallelism());
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"], templates: true });
  await lodge.must("template", "build", "tiny", "-c", "limits.memory=256MiB");
  await lodge.must("launch", "tiny", "large", "--vm", "-c", "limits.memory=768MiB", "-c", `limits.cpu=${cpus}`);
});
afterAll(() => lodge.stop());

const inside = (name: string, script: string) => lodge.must("exec", name, "--", "sh", "-c", script);

/** CPUs, and MiB of memory, as the guest counts them. */
async function size(name: string): Promise<{ readonly cpus: number; readonly memory: number }> {
  const said = await inside(name, "nproc; sed -n 's/^MemTotal: *//p' /proc/meminfo");
  const [cpus = "", kibibytes = ""] = said.split("\n");
  return { cpus: Number(cpus), memory: Number.parseInt(kibibytes, 10) / 1024 };
}

test("forks and stateful stops of what is larger than its template have its size and all of its memory", async () => {
  expect(await lodge.must("info", "large")).toMatch(/^Began: +as a fork of a template$/m);
  const large = await size("large");
  expect(large.cpus).toBe(cpus);
  // More than the template has at all: lines of a MiB with their number at the end.
  const count = "md5sum < /mnt/lines";
  const sum = await inside(
    "large",
    `mount -t tmpfs none /mnt; for i in $(seq 240); do printf '%1048575d\\n' $i; done > /mnt/lines; ${count}`,
  );
  await lodge.must("fork", "large", "larger");
  expect(await inside("larger", count)).toBe(sum);
  expect(await size("larger")).toEqual(large);
  await lodge.must("delete", "--force", "larger");
  await lodge.must("stop", "--stateful", "large");
  await lodge.must("start", "large");
  expect(await inside("large", count)).toBe(sum);
  expect(await size("large")).toEqual(large);
  await lodge.must("restart", "--force", "large");
  await lodge.must("wait", "large");
  expect((await size("large")).memory).toBeGreaterThan(700);
});
