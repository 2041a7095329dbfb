/** What instances share with the host and with each other: directories of the host in virtual machines, and volumes. */
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
const share = mkdtempSync(join(tmpdir(), "lodge-share-"));

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  writeFileSync(join(share, "greeting"), "hello\n");
  symlinkSync("/etc/hostname", join(share, "way-out"));
  await lodge.must("init", "tiny", "v1", "--vm", "-c", "limits.memory=256MiB");
});
afterAll(async () => {
  rmSync(share, { recursive: true });
  await lodge.stop();
});

const inside = (name: string, script: string) => lodge.must("exec", name, "--", "sh", "-c", script);
const tryInside = (name: string, script: string) => lodge.run("exec", name, "--", "sh", "-c", script);

describe("a directory of the host in a virtual machine", () => {
  test("is mounted where it is wanted, with the same owners on both sides", async () => {
    await lodge.must("device", "add", "v1", "data", "disk", `source=${share}`, "path=/srv/data");
    await lodge.must("start", "v1");
    await lodge.must("wait", "v1", "ready");
    const script = "cat /srv/data/greeting && echo new >/srv/data/new && chown 7:8 /srv/data/new";
    expect(await inside("v1", `${script} && stat -c %u:%g /srv/data/greeting`)).toBe("hello\n0:0");
    expect(readFileSync(join(share, "new"), "utf8")).toBe("new\n");
    expect(statSync(join(share, "new"))).toMatchObject({ uid: 7, gid: 8 });
  });

  test("has no way out by a symlink", async () => {
    expect(await inside("v1", "cat /srv/data/way-out")).toBe("v1");
  });

  test("goes on while the daemon is away, and others come and go", async () => {
    await lodge.restartDaemon("SIGKILL");
    await lodge.must("wait", "v1", "ready");
    expect(await inside("v1", "cat /srv/data/new")).toBe("new");
    await lodge.must("device", "add", "v1", "more", "disk", `source=${share}`, "path=/srv/more", "readonly=true");
    expect(await inside("v1", "cat /srv/more/greeting")).toBe("hello");
    expect((await tryInside("v1", "echo x >/srv/more/greeting")).stderr).toContain("Read-only");
    // The mount in the guest is one thing, the host's word another.
    const remounted = await tryInside("v1", "mount -o remount,rw /srv/more && echo x >/srv/more/greeting");
    expect(remounted.stderr).toContain("Read-only");
  });

  test("in use is not taken away", async () => {
    await inside("v1", "cd /srv/more; sleep 1000 </dev/null >/dev/null 2>&1 &");
    expect((await lodge.run("device", "remove", "v1", "more")).stderr).toContain("busy");
    await inside("v1", "killall sleep");
    await lodge.must("device", "remove", "v1", "more");
    expect(await inside("v1", "ls /srv/more")).toBe("");
  });
});

describe("a volume of files", () => {
  test("is had by a container and a virtual machine at once, with the same owners in both", async () => {
    await lodge.must("storage", "volume", "create", "default", "data");
    await lodge.must("launch", "tiny", "c1");
    await lodge.must("storage", "volume", "attach", "default", "data", "c1", "/srv/files");
    await lodge.must("storage", "volume", "attach", "default", "data", "v1", "files", "/srv/files");
    await inside("c1", "echo from c1 >/srv/files/c1 && chown 7:8 /srv/files/c1");
    expect(await inside("v1", "cat /srv/files/c1 && stat -c %u:%g /srv/files/c1")).toBe("from c1\n7:8");
    await inside("v1", "echo from v1 >/srv/files/v1");
    expect(await inside("c1", "cat /srv/files/v1 && stat -c %u:%g /srv/files/v1")).toBe("from v1\n0:0");
    const users = ["1.0/instances/c1", "1.0/instances/v1"].map((url) => `/${url}`);
    expect(await lodge.client.pools.volumes("default").get("data")).toMatchObject({ used_by: users });
  });

  test("in use is not deleted, renamed or restored, and a size that nothing holds it to is refused", async () => {
    const { run } = lodge;
    await lodge.must("storage", "volume", "snapshot", "default", "data", "before");
    await inside("c1", "rm /srv/files/c1");
    for (const words of [
      ["delete", "default", "data"],
      ["rename", "default", "data", "other"],
      ["restore", "default", "data", "before"],
    ]) {
      const refused = await run.call(lodge, "storage", "volume", ...words);
      expect(refused).toMatchObject({ status: 4, stderr: expect.stringContaining("c1") });
    }
    const { features } = await lodge.client.pools.get("default");
    if (features?.container_size) return;
    const sized = await lodge.run("storage", "volume", "set", "default", "data", "size=1GiB");
    expect(sized).toMatchObject({ status: 10, stderr: expect.stringContaining("project quotas") });
  });

  test("is there under the next daemon, and what it was comes back", async () => {
    await lodge.restartDaemon("SIGKILL");
    expect(await inside("c1", "cat /srv/files/v1")).toBe("from v1");
    await lodge.must("storage", "volume", "detach", "default", "data", "c1");
    await lodge.must("storage", "volume", "detach", "default", "data", "v1");
    expect(await inside("c1", "ls /srv/files")).toBe("");
    await lodge.must("storage", "volume", "restore", "default", "data", "before");
    await lodge.must("storage", "volume", "copy", "default/data/before", "default/copy");
    await lodge.must(
      "device",
      "add",
      "c1",
      "copy",
      "disk",
      "pool=default",
      "source=copy",
      "path=/srv/copy",
      "readonly=true",
    );
    expect(await inside("c1", "cat /srv/copy/c1 && stat -c %u:%g /srv/copy/c1")).toBe("from c1\n7:8");
    expect((await tryInside("c1", "rm /srv/copy/c1")).stderr).toContain("Read-only");
    await lodge.must("delete", "c1", "--force");
    await lodge.must("storage", "volume", "delete", "default", "copy", "data");
  });
});

describe("a disk", () => {
  const size = async () => (await tryInside("v1", "cat /sys/block/vdb/size")).stdout.trim();

  test("grows while a virtual machine has it, and is no other's meanwhile", async () => {
    await lodge.must("storage", "volume", "create", "default", "disk1", "--type", "block", "size=64MiB");
    await lodge.must("storage", "volume", "attach", "default", "disk1", "v1");
    await until("the guest sees the disk", 20_000, async () => (await size()) === "131072");
    await inside("v1", "echo kept | dd of=/dev/vdb conv=fsync 2>/dev/null");
    await lodge.must("storage", "volume", "set", "default", "disk1", "size=128MiB");
    await until("the guest sees the new size", 20_000, async () => (await size()) === "262144");
    expect((await lodge.run("storage", "volume", "set", "default", "disk1", "size=64MiB")).stderr).toContain("shrink");
    await lodge.must("init", "v2", "--empty", "--vm");
    const second = await lodge.run("storage", "volume", "attach", "default", "disk1", "v2");
    expect(second).toMatchObject({ status: 4, stderr: expect.stringContaining("v1") });
    await lodge.must("storage", "volume", "set", "default", "disk1", "security.shared=true");
    await lodge.must("storage", "volume", "attach", "default", "disk1", "v2");
    await lodge.must("delete", "v2");
    expect(await inside("v1", "head -n 1 /dev/vdb")).toBe("kept");
    await lodge.must("storage", "volume", "detach", "default", "disk1", "v1");
  });

  test("is not for containers", async () => {
    await lodge.must("init", "c2", "--empty");
    const refused = await lodge.run("storage", "volume", "attach", "default", "disk1", "c2", "/srv/disk");
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining("virtual machines") });
    await lodge.must("delete", "c2");
  });
});

test("an ISO is a medium that can be read and not written", async () => {
  const file = join(share, "medium.iso");
  writeFileSync(file, Buffer.concat([Buffer.from("medium\n"), Buffer.alloc(2 ** 20 - 7)]));
  await lodge.must("storage", "volume", "import", "default", file, "--type", "iso");
  await lodge.must("storage", "volume", "attach", "default", "medium", "v1");
  // No guest of this kind loads drivers by itself.
  await inside("v1", "modprobe -a virtio_scsi sr_mod");
  const medium = async () => (await tryInside("v1", "head -n 1 /dev/sr0")).stdout.trim();
  await until("the guest sees the medium", 20_000, async () => (await medium()) === "medium");
  expect((await tryInside("v1", "echo x >/dev/sr0")).status).not.toBe(0);
});
