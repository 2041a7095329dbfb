/** Snapshots, restore, copies and rebuild, on both types of instance, as a user types them. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "c1");
  await lodge.must("launch", "tiny", "v1", "--vm", "-c", "limits.memory=256MiB");
});
afterAll(() => lodge.stop());

const inside = (name: string, script: string) => lodge.must("exec", name, "--", "sh", "-c", script);
const write = (name: string, word: string) => inside(name, `echo ${word} > /root/word; rm -f /etc/issue; sync`);
const read = (name: string) => inside(name, "cat /root/word");
const snapshots = async (name: string) =>
  (await lodge.client.instances.snapshots(name).list()).map((snapshot) => snapshot.name);
const layers = () => readdirSync(join(lodge.directory, "pools/default/layers"));
const bootOf = async (name: string) => (await lodge.client.instances.state(name)).vm?.boot;

describe.each([
  { type: "container", name: "c1", copy: "c2" },
  { type: "virtual machine", name: "v1", copy: "v2" },
])("a $type", ({ name, copy }) => {
  test("is kept while it runs, and goes on running", async () => {
    const boot = "/proc/sys/kernel/random/boot_id";
    const before = await inside(name, `cat ${boot}; cat /proc/1/stat | cut -d' ' -f22`);
    for (const word of ["one", "two", "three"]) {
      await write(name, word);
      expect(await lodge.must("snapshot", "create", name, word)).toBe(`Created snapshot ${word} of ${name}`);
    }
    await write(name, "four");
    expect(await inside(name, `cat ${boot}; cat /proc/1/stat | cut -d' ' -f22`)).toBe(before);
    expect(await lodge.must("snapshot", "list", name)).toMatch(
      /^NAME +TAKEN +EXPIRES +STATEFUL +SIZE\none .*\ntwo .*\nthree /,
    );
    expect((await lodge.must("list", name, "-f", "csv")).endsWith(",3")).toBe(true);
    expect(await lodge.run("snapshot", "create", name, "one")).toMatchObject({ status: 4 });
  });

  test("loses a snapshot in the middle and nothing else", async () => {
    await lodge.must("snapshot", "delete", name, "two");
    expect(await read(name)).toBe("four");
    expect(await snapshots(name)).toEqual(["one", "three"]);
  });

  test("goes back to a snapshot, configuration and all, and to a later one again", async () => {
    await lodge.must("config", "set", name, "user.note=later");
    await lodge.must("snapshot", "restore", name, "one");
    expect(await lodge.must("config", "get", name, "user.note")).toBe("");
    await lodge.must("restore", name, "three");
    await lodge.must("wait", name);
    expect(await read(name)).toBe("three");
    expect((await lodge.run("exec", name, "--", "cat", "/etc/issue")).status).toBe(1);
  });

  test("is copied while it runs, with its snapshots and an identity of its own", async () => {
    await write(name, "five");
    await lodge.must("copy", name, copy);
    await write(name, "six");
    expect(await snapshots(copy)).toEqual(["one", "three"]);
    const [mine, theirs] = [await lodge.client.instances.get(name), await lodge.client.instances.get(copy)];
    expect(theirs.status).toBe("Stopped");
    for (const key of ["volatile.uuid", "volatile.eth0.hwaddr", "volatile.eth0.ipv4_address"])
      expect(theirs.config[key]).not.toBe(mine.config[key]);
    await lodge.must("start", copy);
  });

  test("is outlived by what was copied from it", async () => {
    await lodge.must("copy", `${name}/one`, "old");
    await lodge.must("delete", "--force", name);
    await lodge.must("start", "old");
    await Promise.all(["old", copy].map((each) => lodge.must("wait", each)));
    expect([await read("old"), await read(copy)]).toEqual(["one", "five"]);
    expect(await inside(copy, "hostname")).toBe(copy);
    await lodge.must("stop", copy, "--force");
    await lodge.must("restore", copy, "three");
    await lodge.must("delete", "--force", "old", copy);
    expect((await lodge.client.instances.names()).includes(name)).toBe(false);
  });
});

test("nothing is left in the pool when all of them are gone", () => {
  expect(layers()).toEqual([]);
});

test("a VM that wrote to what it boots from does not boot past that, whichever layer holds it", async () => {
  await lodge.must("launch", "tiny", "v3", "--vm", "-c", "limits.memory=256MiB");
  await lodge.must("snapshot", "create", "v3", "clean");
  await lodge.must("wait", "v3");
  // The same bytes again: what they are does not matter, that they were written does.
  await inside(
    "v3",
    "s=$(cat /sys/block/vda/vda3/start); dd if=/dev/vda of=/dev/vda skip=$s seek=$s count=8 conv=fsync",
  );
  await lodge.must("snapshot", "create", "v3", "written");
  await lodge.must("restart", "v3", "--force");
  expect(await bootOf("v3")).not.toBe("direct");
  await lodge.must("restore", "v3", "clean");
  await lodge.must("wait", "v3");
  expect(await bootOf("v3")).toBe("direct");
});

test("disks are merged again when snapshots of a running VM are deleted", async () => {
  await lodge.must("snapshot", "delete", "v3", "clean", "written");
  expect(layers()).toHaveLength(1);
  const [layer = ""] = layers();
  const path = join(lodge.directory, "pools/default/layers", layer, "disk.qcow2");
  const info = JSON.parse(String(execFileSync("qemu-img", ["info", "-U", "--output=json", path])));
  expect(info["backing-filename"]).toMatch(/^\.\.\/\.\.\/images\//);
  expect(await inside("v3", "echo 3 > /proc/sys/vm/drop_caches; md5sum /bin/busybox | wc -l")).toBe("1");
});

test("a snapshot expires", async () => {
  await lodge.must("init", "tiny", "c3");
  await lodge.must("snapshot", "create", "c3", "kept", "--expiry", "1d");
  const brief = await lodge.client.instances
    .snapshots("c3")
    .create({ name: "brief", expires_at: "2020-01-01T00:00:00Z" });
  await brief.wait();
  // A daemon looks at its start, and then once a minute.
  await lodge.restartDaemon("SIGTERM");
  await until("the snapshot has expired", 20_000, async () => !(await snapshots("c3")).includes("brief"));
  expect(await snapshots("c3")).toEqual(["kept"]);
});

test("an instance is rebuilt, when nothing stands on its root", async () => {
  expect(await lodge.run("rebuild", "c3", "tiny")).toMatchObject({ status: 4 });
  await lodge.must("snapshot", "delete", "c3", "kept");
  await lodge.must("start", "c3");
  await write("c3", "gone");
  const { config } = await lodge.client.instances.get("c3");
  expect((await lodge.run("rebuild", "c3", "tiny")).stderr).toContain("--force");
  await lodge.must("rebuild", "c3", "tiny", "--force");
  expect((await lodge.run("exec", "c3", "--", "cat", "/root/word")).status).toBe(1);
  expect((await lodge.client.instances.get("c3")).config).toEqual(config);
});
