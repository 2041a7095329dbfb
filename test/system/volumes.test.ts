/** What instances share with the host and with each other: directories of the host in virtual machines. */
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

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
    await inside("v1", "cd /srv/more && sleep 1000 </dev/null >/dev/null 2>&1 &");
    expect((await lodge.run("device", "remove", "v1", "more")).stderr).toContain("busy");
    await inside("v1", "killall sleep");
    await lodge.must("device", "remove", "v1", "more");
    expect(await inside("v1", "ls /srv/more")).toBe("");
  });
});
