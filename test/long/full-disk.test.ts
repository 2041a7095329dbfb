/** A pool that runs full while instances write to it, and whatever else is asked of it then. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Ballast } from "../harness/ballast.ts";
import { mustRun } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("storage", "create", "small", "btrfs", "size=768MiB");
  const where = ["--storage", "small"];
  await lodge.must("launch", "tiny", "v", "--vm", "-c", "limits.memory=256MiB", ...where);
  await lodge.must("launch", "tiny", "c", ...where);
  await lodge.must("wait", "v");
  await lodge.must("export", "c", join(lodge.directory, "c.tar.zst"));
});
afterAll(() => lodge.stop());

/** The pool is mounted where the daemon sees it. */
const pool = () => `/proc/${lodge.pid}/root${lodge.directory}/pools/small`;
const ballast = new Ballast(pool);

const inside = (script: string) => lodge.must("exec", "v", "--", "sh", "-c", script);
const status = async (name: string) => (await lodge.client.instances.get(name)).status;
const names = async () => (await lodge.client.instances.list()).map(({ name }) => name).sort();
/** What is deleted goes by another name until it is gone. */
const roots = () => readdirSync(join(pool(), "roots"));
const deleted = () => roots().filter((name) => name.startsWith("."));

test("what needs room is refused as that, and leaves nothing", async () => {
  await until("what was deleted is gone", 10_000, () => deleted().length === 0);
  const before = [await names(), roots().sort()];
  // What it wrote so far is on its disk.
  await inside("head -c 20000000 /dev/urandom > /run/origin; sync");
  await ballast.fill(2 ** 20);
  for (const words of [
    ["launch", "tiny", "x", "--vm", "--storage", "small"],
    ["fork", "v", "x"],
    ["copy", "v", "x"],
    ["export", "v", join(lodge.directory, "v.tar.zst")],
    ["stop", "--stateful", "v"],
    ["snapshot", "create", "--stateful", "v", "s"],
    ["import", join(lodge.directory, "c.tar.zst"), "y", "--storage", "small"],
  ]) {
    const { status: code, stderr } = await lodge.run(...words);
    expect([code, stderr], words.join(" ")).toEqual([8, expect.stringMatching(/room|full|free|space/i)]);
  }
  await until("what was begun is gone", 10_000, () => deleted().length === 0);
  expect([await names(), roots().sort()]).toEqual(before);
  expect(await status("c")).toBe("Running");
  expect(readdirSync(pool()).filter((name) => name.startsWith("."))).toEqual([]);
});

test("a container is told, and runs on", async () => {
  const { status: code, stderr } = await lodge.run(
    "exec",
    "c",
    "--",
    "sh",
    "-c",
    "dd if=/dev/zero of=/f bs=1M count=9",
  );
  expect([code, stderr]).toEqual([1, expect.stringMatching(/No space left/)]);
  expect(await lodge.must("exec", "c", "--", "sh", "-c", "rm /f; echo on")).toBe("on");
});

test("a virtual machine stands still, says why, and goes on without a loss once there is room", async () => {
  // Not at once: nothing is answered any more once it stands still. It may do that already, for what a guest writes by itself.
  const copy = "cp /run/origin /root/copy.$$; mv /root/copy.$$ /root/copy; sync; touch /run/written";
  const begin = ["exec", "v", "--", "sh", "-c", `(sleep 3; ${copy}) > /dev/null 2>&1 &`];
  const began = (await status("v")) === "Running" && (await lodge.runWith({ timeout: 30_000 }, ...begin)).status === 0;
  await expect.poll(() => status("v"), { timeout: 60_000 }).toBe("Error");
  expect(await lodge.must("info", "v")).toMatch(/Problem: .*cannot be written on the host/);
  const { status: code, stderr } = await lodge.runWith({ timeout: 10_000 }, "exec", "v", "--", "true");
  expect([code, stderr]).toEqual([125, expect.stringMatching(/v: Its guest stands still.*goes on by itself/)]);
  await lodge.restartDaemon();
  await expect.poll(() => status("v"), { timeout: 60_000 }).toBe("Error");
  await ballast.remove();
  await expect.poll(() => status("v"), { timeout: 60_000 }).toBe("Running");
  await lodge.must("wait", "v");
  if (!began) await lodge.must(...begin);
  const written = "until [ -e /run/written ]; do sleep 0.1; done; echo 3 > /proc/sys/vm/drop_caches";
  await inside(`${written}; cmp /run/origin /root/copy`);
});

test("all works again", async () => {
  await lodge.must("import", join(lodge.directory, "c.tar.zst"), "y", "--storage", "small");
  await lodge.must("snapshot", "create", "--stateful", "v", "s");
});

test("an export into a full directory is refused, and leaves nothing there", async () => {
  const target = join(lodge.directory, "full");
  mkdirSync(target);
  await mustRun("mount", ["-t", "tmpfs", "-o", "size=64k", "lodge-test", target]);
  try {
    const { status: code, stderr } = await lodge.run("export", "c", join(target, "c.tar.zst"));
    expect([code, stderr]).toEqual([8, expect.stringMatching(/There is no room for/)]);
    expect(readdirSync(target)).toEqual([]);
  } finally {
    await mustRun("umount", [target]);
  }
});
