/** Export and import of both types of instance, and of volumes, as a user types them. */

import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "c1", "-c", "user.note=first");
  await lodge.must("launch", "tiny", "v1", "--vm", "-c", "limits.memory=256MiB");
  await lodge.must("wait", "v1");
});
afterAll(() => lodge.stop());

const inside = (name: string, script: string) => lodge.must("exec", name, "--", "sh", "-c", script);
const file = (name: string) => join(lodge.directory, name);
const roots = () => readdirSync(join(lodge.directory, "pools/default/roots"));
const sums = "cd /root; md5sum blob word hard; ls -l sym; stat -c '%a %u %h' word hard | sort -u";

describe.each([
  { type: "container", name: "c1" },
  { type: "virtual machine", name: "v1" },
])("a $type", ({ name }) => {
  let before: Awaited<ReturnType<typeof lodge.client.instances.get>>;
  let content = "";

  test("is exported while it runs, and goes on", async () => {
    await inside(
      name,
      "cd /root; head -c 3000000 /dev/urandom > blob; echo then > word; ln word hard; ln -s word sym; sync",
    );
    await lodge.must("snapshot", "create", name, "s1");
    await inside(name, "cd /root; echo now > word; sync");
    content = await inside(name, sums);
    const made = roots();
    expect(await lodge.must("export", name, file(`${name}.tar.zst`))).toMatch(/^Exported .* \(\d/);
    expect(await inside(name, sums)).toBe(content);
    expect(roots()).toEqual(made);
    expect(await lodge.run("export", name, file(`${name}.tar.zst`))).toMatchObject({ status: 2 });
  });

  test("comes back as the same instance, with the same content, once it is gone", async () => {
    before = await lodge.client.instances.get(name);
    // That there is a run, and how it began, is said of that run.
    for (const config of [before.config, before.expanded_config])
      for (const note of ["begun", "last_state.power"]) delete config[`volatile.${note}`];
    await lodge.must("delete", "--force", name);
    expect(await lodge.must("import", file(`${name}.tar.zst`))).toBe(`Imported ${name}`);
    const { status: _was, status_code: _code, last_used_at: _used, ...same } = before;
    expect(await lodge.client.instances.get(name)).toMatchObject({ ...same, status: "Stopped" });
    expect(await lodge.must("import", file(`${name}.tar.zst`), `${name}-copy`)).toBe(`Imported ${name}-copy`);
    const copy = await lodge.client.instances.get(`${name}-copy`);
    for (const key of ["volatile.uuid", "volatile.eth0.hwaddr"]) expect(copy.config[key]).not.toBe(before.config[key]);
    await lodge.must("start", name);
    await lodge.must("wait", name);
    expect(await inside(name, sums)).toBe(content);
    await lodge.must("restore", name, "s1");
    await lodge.must("wait", name);
    expect(await inside(name, "cat /root/word /root/hard")).toBe("then\nthen");
    await lodge.must("stop", "--force", name);
  });

  test("is exported stopped, through a pipe and without snapshots, and is the same again", async () => {
    await lodge.must("import", file(`${name}.tar.zst`), `${name}-last`);
    for (const [source, target] of [
      [`${name}-last`, "a.tar"],
      [`${name}-copy`, "b.tar"],
    ] as const)
      await lodge.must("export", source, file(target), "--instance-only", "--compression", "none", "--force");
    const list = (path: string) => {
      const tar = ["--list", "--verbose", "--full-time", "--numeric-owner", "--file", file(path)];
      const lines = execFileSync("tar", tar, { encoding: "utf8" });
      // How wide columns are depends on what stands above them.
      return lines.replaceAll(/.*((index|backup)\.yaml|\/state\/)\n/g, "").replaceAll(/ +/g, " ");
    };
    expect(list("a.tar")).toBe(list("b.tar"));
    expect(list("a.tar")).not.toContain("snapshots");
    await lodge.must("delete", `${name}-last`, `${name}-copy`);
  });

  test("is not made of what is damaged or cut, and nothing of that is kept", async () => {
    const whole = readFileSync(file(`${name}.tar.zst`));
    const kept = roots();
    const flipped = Buffer.from(whole);
    const middle = Math.floor(whole.length / 2);
    flipped[middle] = (flipped[middle] ?? 0) ^ 0xff;
    for (const [what, bytes] of [
      ["flipped", flipped],
      ["cut", whole.subarray(0, middle)],
    ] as const) {
      writeFileSync(file("bad.tar.zst"), bytes);
      const { status, stderr } = await lodge.run("import", file("bad.tar.zst"), "bad");
      expect([what, status, stderr]).toEqual([what, 2, expect.stringContaining("The backup is refused")]);
    }
    expect(await lodge.client.instances.names()).not.toContain("bad");
    expect(roots()).toEqual(kept);
  });
});

test("a backup is put by, fetched after the instance has changed and the daemon was killed, and removed", async () => {
  await lodge.must("start", "c1");
  await inside("c1", "echo kept > /root/word");
  const backups = lodge.client.instances.backups("c1");
  await (await backups.create({ name: "monday", instance_only: true })).wait();
  await inside("c1", "echo later > /root/word");
  await lodge.restartDaemon("SIGKILL");
  const stream = await lodge.client.instances.backups("c1").fetch("monday");
  await (await lodge.client.instances.import(stream, { name: "c9" })).wait();
  await lodge.must("start", "c9");
  expect(await inside("c9", "cat /root/word")).toBe("kept");
  await (await lodge.client.instances.backups("c1").delete("monday")).wait();
  expect(roots()).toHaveLength(3);
  expect(statSync(file("c1.tar.zst")).size).toBeLessThan(20 << 20);
});

describe("a volume", () => {
  const volume = (...words: string[]) => lodge.must("storage", "volume", ...words);
  const volumes = () => readdirSync(join(lodge.directory, "pools/default/volumes"));
  const contentOf = "cd /srv; cat word; stat -c '%a %u:%g %h' word hard | sort -u; md5sum blob";
  /** The disk of the volume that the work makes. */
  const diskMadeBy = async (work: Promise<unknown>) => {
    const before = volumes();
    await work;
    const [made = ""] = volumes().filter((id) => !before.includes(id));
    return join(lodge.directory, "pools/default/volumes", made, "now/disk");
  };
  const isSame = (one: string, other: string) => readFileSync(one).equals(readFileSync(other));
  let disk = "";

  test("of files is exported while an instance writes to it, and imported with what it was", async () => {
    await volume("create", "default", "data", "--description", "ours", "user.a=1");
    await volume("attach", "default", "data", "c1", "/srv");
    await inside("c1", "cd /srv; echo then > word; ln word hard; chown 7:8 word; head -c 300000 /dev/urandom > blob");
    await volume("snapshot", "default", "data", "s1");
    await inside("c1", "cd /srv; echo now > word; chmod 4751 word");
    const content = await inside("c1", contentOf);
    const there = volumes();
    expect(await volume("export", "default", "data", file("data.tar.zst"))).toMatch(/^Exported data to /);
    // The copy that was exported goes when its last byte has gone.
    await expect.poll(volumes, { timeout: 10_000 }).toEqual(there);
    await volume("detach", "default", "data", "c1");
    await volume("import", "default", file("data.tar.zst"), "again");
    expect(await volume("show", "default", "again")).toMatch(/user.a: "1"[^]*description: ours/);
    await volume("attach", "default", "again", "c1", "/srv");
    expect(await inside("c1", contentOf)).toBe(content);
    await volume("detach", "default", "again", "c1");
    await volume("restore", "default", "again", "s1");
    await volume("attach", "default", "again", "c1", "/srv");
    expect(await inside("c1", "cat /srv/word /srv/hard")).toBe("then\nthen");
  });

  test("that is a disk is the same again, and of what is cut none is made", async () => {
    disk = await diskMadeBy(volume("create", "default", "disk", "--type", "block", "size=64MiB"));
    const random = `head -c 3000000 /dev/urandom | dd of=${disk} bs=1M seek=9 conv=notrunc status=none`;
    execFileSync("sh", ["-c", random]);
    await volume("snapshot", "default", "disk", "s1");
    await volume("export", "default", "disk", file("disk.tar"), "--compression", "none");
    expect(statSync(file("disk.tar")).size).toBeLessThan(10 << 20);
    expect(isSame(await diskMadeBy(volume("import", "default", file("disk.tar"), "same")), disk)).toBe(true);
    const there = volumes();
    writeFileSync(file("cut.tar"), readFileSync(file("disk.tar")).subarray(0, 5 << 20));
    const { status, stderr } = await lodge.run("storage", "volume", "import", "default", file("cut.tar"), "cut");
    expect([status, stderr]).toEqual([2, expect.stringContaining("The backup is refused")]);
    expect(volumes()).toEqual(there);
  });

  test("has a backup put by, which outlives the daemon and goes with it", async () => {
    const backups = () => lodge.client.pools.volumes("default").backups("disk");
    const there = volumes();
    await (await backups().create({ name: "monday" })).wait();
    await lodge.restartDaemon("SIGKILL");
    expect(await backups().list()).toMatchObject([{ name: "monday", volume_only: false }]);
    const bring = async () => {
      const backup = await backups().fetch("monday");
      await (await lodge.client.pools.volumes("default").import(backup, { name: "mon" })).wait();
    };
    expect(isSame(await diskMadeBy(bring()), disk)).toBe(true);
    for (const name of ["mon", "disk"]) await volume("delete", "default", name);
    expect(volumes()).toHaveLength(there.length - 1);
  });
});

test("a container on btrfs goes as streams, by a file and from pool to pool, and to no pool of another driver", async () => {
  for (const pool of ["one", "two"]) await lodge.must("storage", "create", pool, "btrfs", "size=256MiB");
  await lodge.must("copy", "c9", "b1", "--storage", "one");
  await lodge.must("snapshot", "create", "b1", "s1");
  await lodge.must("start", "b1");
  await inside("b1", "echo streamed > /root/word");
  await lodge.must("export", "b1", file("b1.tar.zst"), "--optimized-storage");
  const entries = execFileSync("tar", ["--list", "--file", file("b1.tar.zst")], { encoding: "utf8" }).split("\n");
  expect(entries).toEqual(expect.arrayContaining(["backup/snapshots/s1.bin", "backup/container.bin"]));
  const refused = await lodge.run("import", file("b1.tar.zst"), "b2", "--storage", "default");
  expect(refused.stderr).toContain('only such pools read it; pool "default" is of the driver "dir"');
  await lodge.must("import", file("b1.tar.zst"), "b2", "--storage", "two");
  await lodge.must("move", "b2", "--storage", "one");
  await lodge.must("start", "b2");
  expect(await inside("b2", sums)).toBe(await inside("b1", sums));
  await lodge.must("restore", "b2", "s1");
  expect(await inside("b2", "cat /root/word")).toBe("kept");
  await lodge.must("delete", "--force", "b1", "b2");
  const volume = (...words: string[]) => lodge.must("storage", "volume", ...words);
  // With the snapshot that it has there.
  await volume("copy", "default/data", "one/data");
  await volume("export", "one", "data", file("b.tar.zst"), "--optimized-storage");
  expect((await lodge.run("storage", "volume", "import", "default", file("b.tar.zst"), "no")).stderr).toContain(
    "btrfs",
  );
  await volume("import", "two", file("b.tar.zst"));
  await volume("move", "two/data", "one/moved");
  expect(await volume("info", "one", "moved")).toMatch(/Description: +ours[^]*s1/);
});

describe("increments of a virtual machine", () => {
  /** Of a stopped machine. */
  const diskOf = async (name: string) => {
    const { config } = await lodge.client.instances.get(name);
    const pool = join(lodge.directory, "pools/default");
    const record = join(pool, "roots", config["volatile.uuid"]?.slice(0, 8) ?? "", "root.json");
    const { top } = JSON.parse(readFileSync(record, "utf8")) as { top: string };
    return join(pool, "layers", top, "disk.qcow2");
  };
  /** Of what it holds, its zeros left out. */
  const diskSum = async (name: string) => {
    execFileSync("qemu-img", ["convert", "-m", "1", "-O", "qcow2", await diskOf(name), file("sum.qcow2")]);
    return createHash("sha256")
      .update(readFileSync(file("sum.qcow2")))
      .digest("hex");
  };
  const sums = new Map<string, string>();
  const words = ["full", "first", "second"] as const;
  /** What cannot be packed, each word in a place of its own, as a run would write it. */
  const write = async (word: (typeof words)[number]) => {
    writeFileSync(file("blob"), randomBytes(5 << 20));
    const at = `${500 * (words.indexOf(word) + 1)}M`;
    execFileSync("qemu-io", ["-f", "qcow2", "-c", `write -s ${file("blob")} ${at} 5M`, await diskOf("v1")]);
    sums.set(word, await diskSum("v1"));
  };

  test("are small, and one after the other make what there was", async () => {
    await write("full");
    await lodge.must("snapshot", "create", "v1", "t1");
    await lodge.must("export", "v1", file("full.tar.zst"));
    await write("first");
    await lodge.must("snapshot", "create", "v1", "t2");
    await lodge.must("export", "v1", file("first.tar.zst"), "--since", "t1");
    await write("second");
    await lodge.must("export", "v1", file("second.tar.zst"), "--since", "t2");
    for (const name of ["first", "second"]) {
      const { size } = statSync(file(`${name}.tar.zst`));
      expect(size).toBeGreaterThan(5_000_000);
      expect(size).toBeLessThan(20 << 20);
    }
    await lodge.must("delete", "v1");
    await lodge.must("import", file("full.tar.zst"), "v1");
    expect(await diskSum("v1")).toBe(sums.get("full"));
    for (const name of ["first", "second"]) {
      expect(await lodge.must("import", file(`${name}.tar.zst`), "--onto", "v1")).toBe("Imported v1");
      expect(await diskSum("v1")).toBe(sums.get(name));
    }
    const snapshots = await lodge.client.instances.snapshots("v1").list();
    expect(snapshots.map(({ name }) => name)).toEqual(["s1", "t1", "t2"]);
    await lodge.must("restore", "v1", "t2");
    expect(await diskSum("v1")).toBe(sums.get("first"));
  });

  test("are refused where they do not belong, and change nothing there", async () => {
    for (const [backup, words] of [
      ["full", "whole backup"],
      ["first", 'has the snapshot "t2"'],
    ] as const) {
      const { status, stderr } = await lodge.run("import", file(`${backup}.tar.zst`), "--onto", "v1");
      expect([status, stderr]).toEqual([expect.any(Number), expect.stringContaining(words)]);
    }
    expect((await lodge.run("import", file("first.tar.zst"), "v7")).stderr).toContain("--onto v1");
    await lodge.must("import", file("full.tar.zst"), "v8");
    const early = await lodge.run("import", file("second.tar.zst"), "--onto", "v8");
    expect(early.stderr).toContain('goes on from a snapshot "t2" that "v8" does not have');
    const cut = readFileSync(file("first.tar.zst"));
    writeFileSync(file("cut.tar.zst"), cut.subarray(0, cut.length - 100_000));
    const { stderr } = await lodge.run("import", file("cut.tar.zst"), "--onto", "v8");
    expect(stderr).toContain("The backup is refused");
    expect(await diskSum("v8")).toBe(sums.get("full"));
    const left = await lodge.client.instances.snapshots("v8").list();
    expect(left.map(({ name }) => name)).toEqual(["s1", "t1"]);
  });

  test("cut off with the daemon leave the instance what it was, and are imported by the next", async () => {
    const backup = new PassThrough();
    const bytes = readFileSync(file("first.tar.zst"));
    backup.write(bytes.subarray(0, bytes.length / 2));
    const cut = lodge.client.instances.import(backup, { onto: "v8" }).catch((error: unknown) => error);
    const names = async () => (await lodge.client.instances.snapshots("v8").list()).map(({ name }) => name);
    await until("the import is under way", 30_000, async () => (await names()).includes("before-import"));
    await lodge.restartDaemon("SIGKILL");
    backup.destroy();
    expect(await cut).toBeInstanceOf(Error);
    expect(await names()).toEqual(["s1", "t1", "before-import"]);
    expect(await diskSum("v8")).toBe(sums.get("full"));
    await lodge.must("snapshot", "delete", "v8", "before-import");
    await lodge.must("import", file("first.tar.zst"), "--onto", "v8");
    expect(await diskSum("v8")).toBe(sums.get("first"));
    await lodge.must("delete", "v8");
  });
});
