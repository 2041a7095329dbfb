/** The hardware of virtual machines, with the CLI as a user types it: what they start with, and what comes and goes while they run. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
const scratch = mkdtempSync(join(tmpdir(), "lodge-disks-"));
const disk = join(scratch, "data.img");

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  writeFileSync(disk, Buffer.alloc(8 * 2 ** 20));
  await lodge.must("init", "tiny", "m", "--vm", "-c", "limits.memory=256MiB");
  await lodge.must("start", "m");
  await lodge.must("wait", "m");
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await lodge.stop();
});

const guest = (script: string) => lodge.must("exec", "m", "--", "sh", "-c", script);
const seen = (what: string, script: string) =>
  until(what, 30_000, async () => (await lodge.run("exec", "m", "--", "sh", "-c", script)).status === 0);

test("a disk of the host comes and goes while the guest runs", async () => {
  await lodge.must("device", "add", "m", "data", "disk", `source=${disk}`);
  await seen("the disk in the guest", "test -b /dev/vdb");
  expect(await guest("cat /sys/block/vdb/serial /sys/block/vdb/size")).toBe(`data${8 * 2048}`);
  await guest("echo written > /dev/vdb; sync");
  await lodge.must("device", "remove", "m", "data");
  expect(await guest("ls /sys/block")).not.toContain("vdb");
  expect(await lodge.must("device", "list", "m")).not.toContain("data");
});

test("a nic comes and goes while the guest runs", async () => {
  await lodge.must("device", "add", "m", "eth1", "nic", "network=lodgebr0", "hwaddr=00:16:3e:0a:0b:0c");
  await seen("the nic in the guest", "grep -q 00:16:3e:0a:0b:0c /sys/class/net/*/address");
  await lodge.must("device", "remove", "m", "eth1");
  expect(await guest("cat /sys/class/net/*/address")).not.toContain("00:16:3e:0a:0b:0c");
});

test("what is plugged is there after the daemon was killed, and after a restart of the machine", async () => {
  await lodge.must("device", "add", "m", "data", "disk", `source=${disk}`, "io.bus=nvme");
  await seen("the disk in the guest", "test -b /dev/nvme0n1");
  await lodge.restartDaemon("SIGKILL");
  await lodge.must("wait", "m");
  expect(await guest("head -c 7 /dev/nvme0n1")).toBe("written");
  const twin = await lodge.run("init", "tiny", "twin", "--vm", "-d", "root,size=2GiB");
  expect(twin.status).toBe(0);
  await lodge.must("device", "add", "twin", "data", "disk", `source=${disk}`);
  const busy = await lodge.run("start", "twin");
  expect(busy.status).toBe(4);
  expect(busy.stderr).toContain("in use by another running instance");
  await lodge.must("delete", "twin");
});

test("what does not go together is refused", async () => {
  const both = ["-c", "security.secureboot=true", "-c", "security.csm=true"];
  const refused = await lodge.run("init", "tiny", "x", "--vm", ...both);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain("Secure Boot");
  const ahci = await lodge.run("device", "add", "m", "more", "disk", `source=${disk}`, "io.bus=ahci");
  expect(ahci.status).not.toBe(0);
  expect(ahci.stderr).toContain("stop it first");
});
