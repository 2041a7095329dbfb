/** What a container's devices must do, on real crun. */
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AttachedDisk, InstanceDevice, InstanceId, InstanceSpec, UnixDevice } from "@lodge/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listMounts } from "../../../../system/mounts.ts";
import { run as runTool } from "../../../../system/run.ts";
import { type Bench, createBench, execute, mountRoot, newDriver, specOf, unmountRoot } from "./bench.ts";

/** `tiny`: the smallest root file system. */
export function describeDevices(directory: string, tiny: string): void {
  describe("a container's devices", () => {
    deviceTests(directory, tiny);
  });
}

function deviceTests(directory: string, tiny: string): void {
  const id = "c0ffee02" as InstanceId;
  const share = join(directory, "share");
  let bench: Bench;
  let spec: InstanceSpec;

  const disk = (more: Partial<AttachedDisk> = {}): AttachedDisk => ({
    type: "disk",
    name: "data",
    source: share,
    path: "/srv/data",
    readonly: false,
    required: true,
    shift: true,
    recursive: false,
    ...more,
  });
  const node = (more: Partial<UnixDevice> = {}): UnixDevice => ({
    type: "unix-char",
    name: "full",
    source: "/dev/full",
    path: "/dev/sub/myfull",
    required: true,
    uid: 1000,
    gid: 5,
    mode: 0o640,
    ...more,
  });

  beforeEach(async () => {
    bench = await createBench(directory);
    spec = specOf(id, await mountRoot(join(directory, "root"), tiny, false), {});
    mkdirSync(share, { recursive: true });
    await writeFile(join(share, "hello"), "hi\n");
  });
  afterEach(async () => {
    await bench.driver.release(id);
    expect((await listMounts(directory)).map(({ target }) => target).filter((path) => path.includes(id))).toEqual([]);
    await bench.driver.forget(id);
    bench.driver[Symbol.dispose]();
    await unmountRoot(join(directory, "root"));
    await bench.cgroups.removeAll();
    await rm(share, { recursive: true });
  });

  async function start(...devices: InstanceDevice[]): Promise<void> {
    spec = { ...spec, devices };
    await bench.driver.prepare(spec);
    await bench.driver.start(spec, new AbortController().signal);
  }
  const sh = (script: string, options = {}) => execute(bench.driver, id, ["sh", "-c", script], options);
  const output = async (script: string, options = {}) => {
    const { status, stdout, stderr } = await sh(script, options);
    return status === 0 ? stdout : `status ${status}: ${stderr}`;
  };

  /** The same device, there from the start or added later. */
  describe.each(["at the start", "while it runs"])("given %s", (when) => {
    async function give(...devices: InstanceDevice[]): Promise<void> {
      if (when === "at the start") return start(...devices);
      await start();
      for (const device of devices) await bench.driver.plug(spec, device);
    }

    test("a directory is seen with its owners, and written to", async () => {
      await give(disk());
      expect(await output("stat -c %u /srv/data/hello; cat /srv/data/hello; echo new >/srv/data/new")).toBe("0\nhi\n");
      expect(readFileSync(join(share, "new"), "utf8")).toBe("new\n");
      expect((await runTool("stat", ["--format=%u:%g", join(share, "new")])).trim()).toBe("0:0");
      expect(await output("stat -c %u:%a /srv /srv/data")).toBe("0:755\n0:755\n");
      expect(await bench.driver.plugged(id)).toEqual(["data"]);
    });

    test("without a shift its owners are nobody", async () => {
      await give(disk({ shift: false }));
      expect(await output("stat -c %u /srv/data/hello")).toBe("65534\n");
      expect((await sh("touch /srv/data/x")).status).toBe(1);
    });

    test("what is read-only stays so, whatever the container's root tries", async () => {
      await give(disk({ readonly: true }));
      for (const attempt of ["", "mount -o remount,rw,bind /srv/data;", "mount -o remount,rw /srv/data;"]) {
        expect((await sh(`${attempt} echo x >/srv/data/hello`)).stderr).toMatch(/Read-only file system/);
      }
    });

    test("a file is given as such", async () => {
      await give(disk({ source: join(share, "hello"), path: "/etc/greeting" }));
      expect(await output("cat /etc/greeting; echo bye >/etc/greeting")).toBe("hi\n");
      expect(readFileSync(join(share, "hello"), "utf8")).toBe("bye\n");
    });

    test("what is mounted beneath it is seen only when asked for", async () => {
      const below = join(share, "below");
      mkdirSync(below);
      await runTool("mount", ["-t", "tmpfs", "lodge-test", below]);
      try {
        await writeFile(join(below, "deep"), "deep\n");
        await give(disk({ shift: false }), disk({ name: "all", path: "/srv/all", shift: false, recursive: true }));
        expect(await output("ls /srv/data/below; cat /srv/all/below/deep")).toBe("deep\n");
      } finally {
        await bench.driver.release(id);
        await runTool("umount", [below]);
      }
    });

    test("symlinks inside lead to places inside", async () => {
      const outside = join(directory, "outside");
      mkdirSync(outside, { recursive: true });
      await symlink(outside, join(spec.root.path, "srv")).catch(() => undefined);
      await symlink("/../../../../../etc", join(spec.root.path, "up"));
      await give(disk({ path: "/up/data" }));
      expect(await output("ls /etc/data")).toBe("hello\n");
      expect(existsSync("/etc/data")).toBe(false);
      // An absolute one names a directory that the container does not have, though the host does.
      await expect(bench.driver.plug(spec, disk({ name: "other", path: "/srv/x" }))).rejects.toMatchObject({
        code: "device_plug_failed",
      });
      expect(existsSync(join(outside, "x"))).toBe(false);
    });

    test("a missing source is an error, or nothing when it need not be there", async () => {
      const gone = { source: join(share, "gone") };
      await give(disk({ ...gone, required: false }), node({ source: "/dev/nosuch", required: false }));
      expect(await bench.driver.plugged(id)).toEqual([]);
      await expect(bench.driver.plug(spec, disk(gone))).rejects.toMatchObject({ code: "device_source_invalid" });
      await expect(bench.driver.plug(spec, node({ source: "/dev" }))).rejects.toThrow("no character device");
    });

    test("a device node belongs to whom it is given and can be used", async () => {
      await give(node());
      expect(await output("stat -c '%F %u:%g %a' /dev/sub/myfull")).toBe("character special file 1000:5 640\n");
      const use = "head -c 3 /dev/sub/myfull | wc -c; echo x >/dev/sub/myfull";
      expect((await sh(use, { uid: 1000, gid: 1000 })).stderr).toMatch(/No space left on device/);
      expect((await sh(use, { uid: 1001, gid: 1001 })).stderr).toMatch(/Permission denied/);
      expect(await bench.driver.plugged(id)).toEqual(["full"]);
    });

    test("a device that only the host may use is usable as long as the container has it", async () => {
      const loop: UnixDevice = { ...node({ name: "loop", source: "/dev/loop-control" }), path: "/dev/loop-control" };
      await give(loop);
      const open = "exec 3</dev/loop-control && echo open";
      expect(await output(open, { uid: 1000, gid: 5 })).toBe("open\n");
      // A second way to the same device, without which the first does.
      await bench.driver.plug(spec, { ...loop, name: "second", path: "/dev/second" });
      await bench.driver.unplug(id, "second");
      expect(await output(open, { uid: 1000, gid: 5 })).toBe("open\n");
      await bench.driver.unplug(id, "loop");
      expect((await sh("ls /dev/loop-control")).stderr).toMatch(/No such file/);
    });

    test("what is on a block device is mounted", async () => {
      const image = join(share, "disk");
      await runTool("truncate", ["--size=4M", image]);
      await runTool("mke2fs", ["-q", "-t", "ext4", image]);
      const loop = (await runTool("losetup", ["--find", "--show", image])).trim();
      try {
        await give(disk({ source: loop }));
        expect(await output("ls /srv/data; echo x >/srv/data/x; cat /srv/data/x")).toBe("lost+found\nx\n");
        await bench.driver.unplug(id, "data");
        await expect(bench.driver.plug(spec, disk({ source: "/dev/loop7" }))).rejects.toThrow(/loop7/);
      } finally {
        await bench.driver.release(id);
        await runTool("losetup", ["--detach", loop]);
      }
    });
  });

  test("devices are taken away, and come back", async () => {
    await start(disk(), node(), disk({ name: "file", source: join(share, "hello"), path: "/etc/greeting" }));
    for (const name of ["data", "full", "file"]) await bench.driver.unplug(id, name);
    expect(await output("ls /srv/data /dev/sub; cat /etc/greeting")).toBe("/dev/sub:\n\n/srv/data:\n");
    expect(await bench.driver.plugged(id)).toEqual([]);
    await bench.driver.unplug(id, "data");
    await bench.driver.plug(spec, disk());
    await bench.driver.plug(spec, disk());
    expect(await output("cat /srv/data/hello; grep -c /srv/data /proc/mounts")).toBe("hi\n1\n");
  });

  test("a directory in use stays, and the error says so", async () => {
    await start(disk());
    const command = ["sh", "-c", "echo there; exec sleep 99"];
    const session = await bench.driver.exec(id, { command, environment: {}, uid: 0, gid: 0, cwd: "/srv/data" });
    await once(session.stdout, "data");
    await expect(bench.driver.unplug(id, "data")).rejects.toThrow(/in use/);
    expect(await output("cat /srv/data/hello")).toBe("hi\n");
    session.close();
    await session.exit;
    await bench.driver.unplug(id, "data");
  });

  test("a container that shares its mounts with itself gets devices all the same, and gives the host none of its own", async () => {
    await start(disk());
    await sh("mount --make-rshared /");
    await bench.driver.plug(spec, disk({ name: "second", path: "/srv/second" }));
    expect(await output("cat /srv/second/hello")).toBe("hi\n");
    await sh("mount -t tmpfs own /srv/second; mount -t tmpfs own /srv/data; mount -t tmpfs own /dev/.lodge");
    const seen = (await listMounts(join(bench.paths.run(id), "devices"))).map(({ type }) => type);
    expect(seen.filter((type) => type === "tmpfs")).toHaveLength(1);
    await expect(bench.driver.unplug(id, "second")).rejects.toThrow(/mounted over|in use/);
    await expect(bench.driver.plug(spec, disk({ name: "third", path: "/srv/third" }))).rejects.toThrow(/restart it/);
    await sh("umount /srv/second; umount /srv/data; umount /dev/.lodge");
    await bench.driver.unplug(id, "second");
    expect(await output("ls /srv/second")).toBe("");
  });

  test("the next daemon finds them, and what the last one left half-made is made anew", async () => {
    await start(disk());
    const devices = join(bench.paths.run(id), "devices");
    mkdirSync(join(devices, "half"));
    bench.driver[Symbol.dispose]();
    bench.driver = newDriver(bench);
    await bench.driver.reconcile([spec]);
    expect(await bench.driver.plugged(id)).toEqual(["data"]);
    await bench.driver.plug(spec, disk({ name: "half", path: "/srv/half" }));
    expect(await output("cat /srv/half/hello")).toBe("hi\n");
    await bench.driver.unplug(id, "data");
    expect(await bench.driver.plugged(id)).toEqual(["half"]);
  });

  test("a privileged container sees the host's owners", async () => {
    await unmountRoot(join(directory, "root"));
    const root = await mountRoot(join(directory, "root"), tiny, true);
    spec = { ...specOf(id, root, { "security.privileged": "true" }), ids: { base: 0, size: 65_536, owner: 0 } };
    await start(disk(), node({ uid: 0 }));
    expect(await output("stat -c %u /srv/data/hello; stat -c %u /dev/sub/myfull")).toBe("0\n0\n");
  });
}
