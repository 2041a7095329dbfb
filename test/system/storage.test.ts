/** Storage pools as users make them, and instances that go from one to another. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { chmod, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../harness/command.ts";
import { commandBlocks } from "../harness/documentation.ts";
import type { Lodge } from "../harness/lodge.ts";
import { cliMain } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
/** A place of the host's. */
let outside: string;

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  outside = mkdtempSync("/tmp/lodge-s-");
  await chmod(outside, 0o711);
  for (const name of ["empty", "full"]) await runCommand("mkdir", [join(outside, name)]);
  await writeFile(join(outside, "full/mine"), "");
});
afterAll(async () => {
  await lodge.stop();
  await rm(outside, { recursive: true, force: true });
});

const inside = async (name: string, script: string) =>
  (await lodge.must("exec", name, "--", "sh", "-c", script)).trim();
const pools = async () => (await lodge.client.pools.list()).map(({ name }) => name);
const poolOf = async (name: string) => (await lodge.client.instances.get(name)).expanded_devices["root"]?.["pool"];

test.each(commandBlocks("docs/how-to/storage.md"))("$place", async ({ commands }) => {
  const words = `lodge() { "${process.execPath}" "${cliMain}" "$@"; }\n${commands}`;
  const options = { env: { LODGE_DIR: lodge.directory }, timeout: 300_000 };
  const result = await runCommand("bash", ["-e", "-c", words], options);
  expect(result, `${commands}\n${result.stdout}${result.stderr}`).toMatchObject({ status: 0 });
});

test("and what it promises has come true", async () => {
  expect(await pools()).toEqual(["default"]);
  expect([await poolOf("c1"), await poolOf("c3")]).toEqual(["default", "default"]);
  expect(await lodge.must("snapshot", "list", "c1", "-f", "csv")).toContain("before");
  await lodge.must("delete", "--force", "c1", "c3");
});

test.each([
  [["p", "tape"], 2, "there are dir, btrfs"],
  [["p", "dir", "size=1GiB"], 2, "docs/reference/storage.md"],
  [["p", "btrfs", "size=1MiB"], 2, "at least 256MiB"],
  [["p", "btrfs", "size=900TiB"], 8, "does not fit"],
  [["default", "dir"], 4, "exists already"],
  [["..", "dir"], 2, "cannot be the name"],
  [["p", "dir", "source=OUTSIDE/full"], 2, 'not empty ("mine"'],
  [["p", "dir", "source=OUTSIDE/none"], 2, "does not exist"],
  [["p", "dir", "source=/"], 2, "LODGE_DIR"],
  [["p", "btrfs", "source=OUTSIDE/empty"], 2, "does not lie on a btrfs"],
  [["p", "btrfs", "source=/dev/null"], 2, "no block device"],
] as const)("storage create %j is refused", async (words, status, message) => {
  const refused = await lodge.run("storage", "create", ...words.map((word) => word.replace("OUTSIDE", outside)));
  expect(refused.stderr).toContain(message);
  expect(refused.status).toBe(status);
  expect(await pools()).toEqual(["default"]);
});

test("instances of both types come to another pool with all that they have, and back", async () => {
  await lodge.must("storage", "create", "fast", "btrfs", "size=1GiB");
  await lodge.must("launch", "tiny", "c1");
  await lodge.must("launch", "tiny", "v1", "--vm", "-c", "limits.memory=256MiB");
  await lodge.must("wait", "v1");
  for (const name of ["c1", "v1"]) {
    await inside(name, "echo old > /kept; chown 7:8 /kept; sync");
    await lodge.must("snapshot", "create", name, "s0");
    await inside(name, "echo new > /kept; sync");
    const refused = await lodge.run("move", name, "--storage", "fast");
    expect(refused.stderr).toContain("is running; stop it before it is moved");
    await lodge.must("copy", name, `${name}-copy`, "--storage", "fast");
    await lodge.must("stop", "--force", name);
    await lodge.must("move", name, "--storage", "fast");
    expect(await poolOf(name)).toBe("fast");
    await lodge.must("move", name, `${name}-back`, "--storage", "default");
  }
  expect((await lodge.run("storage", "delete", "fast")).stderr).toMatch(/used by instance "c1-copy"/);
  for (const name of ["c1-back", "c1-copy"]) {
    await lodge.must("start", name);
    expect(await inside(name, "cat /kept; stat -c %u:%g /kept")).toBe("new\n7:8");
    await lodge.must("restore", name, "s0");
    expect(await inside(name, "cat /kept; stat -c %u:%g /kept")).toBe("old\n7:8");
    await lodge.must("delete", "--force", name);
  }
  await lodge.must("delete", "--force", "v1-copy");
  await lodge.must("start", "v1-back");
  await lodge.must("wait", "v1-back");
  expect((await lodge.client.instances.get("v1-back")).expanded_devices["root"]?.["pool"]).toBe("default");
  await lodge.must("delete", "--force", "v1-back");
});

test.each([
  { what: "files", made: [] },
  { what: "a disk", made: ["--type", "block", "size=8MiB"] },
])("a volume of $what comes to another pool with its snapshots, and is copied back", async ({ made }) => {
  const isDisk = made.length > 0;
  const content = (pool: string) => {
    const volumes = join(lodge.directory, "pools", pool, "volumes");
    const now = join(volumes, readdirSync(volumes)[0] ?? "", "now");
    return isDisk ? join(now, "disk") : join(now, "data", "word");
  };
  const write = (word: string) => writeFileSync(content("default"), word, isDisk ? { flag: "r+" } : {});
  const read = (pool: string) => readFileSync(content(pool), "utf8").slice(0, 3);
  const volume = (...words: string[]) => lodge.must("storage", "volume", ...words);
  await lodge.must("storage", "create", "other", "dir");
  await volume("create", "default", "data", ...made);
  write("old");
  await volume("snapshot", "default", "data", "s0");
  write("new");
  expect(await volume("move", "default/data", "other/moved")).toBe("Moved default/data to other/moved");
  expect(readdirSync(join(lodge.directory, "pools/default/volumes"))).toEqual([]);
  expect(read("other")).toBe("new");
  await volume("restore", "other", "moved", "s0");
  expect(read("other")).toBe("old");
  await volume("copy", "other/moved", "default/back");
  expect(read("default")).toBe("old");
  await volume("delete", "other", "moved");
  await volume("delete", "default", "back");
  await lodge.must("storage", "delete", "other");
});

test("a volume that somebody has is not moved", async () => {
  await lodge.must("storage", "volume", "create", "default", "data");
  await lodge.must("init", "tiny", "u1");
  await lodge.must("storage", "volume", "attach", "default", "data", "u1", "/data");
  const refused = await lodge.run("storage", "volume", "move", "default/data", "fast/moved");
  expect(refused.stderr).toContain('cannot be moved: it is a disk of instance "u1"');
  await lodge.must("delete", "u1");
  await lodge.must("storage", "volume", "delete", "default", "data");
});

test("a container's root is as large as was asked for, and makes no subvolumes", async () => {
  await lodge.must("launch", "tiny", "c2", "--storage", "fast", "-d", "root,size=64MiB");
  const full = await lodge.run("exec", "c2", "--", "dd", "if=/dev/zero", "of=/much", "bs=1M", "count=80");
  expect(full.stderr).toMatch(/quota exceeded/i);
  await lodge.must("stop", "--force", "c2");
  await lodge.must("device", "set", "c2", "root", "size=128MiB");
  await lodge.must("start", "c2");
  await inside("c2", "dd if=/dev/zero of=/much bs=1M count=80");
  await lodge.must("delete", "--force", "c2");
});

test("a daemon that is killed while an instance moves leaves it here or there, and whole", async () => {
  await lodge.must("launch", "tiny", "c3");
  await inside("c3", "echo content > /kept; dd if=/dev/urandom of=/much bs=1M count=16; sync");
  await lodge.must("stop", "--force", "c3");
  for (const delay of [20, 120, 400]) {
    const target = (await poolOf("c3")) === "default" ? "fast" : "default";
    const moving = lodge.run("move", "c3", "--storage", target);
    await new Promise((resolve) => setTimeout(resolve, delay));
    await lodge.restartDaemon("SIGKILL");
    await moving;
    await lodge.must("start", "c3");
    expect(await inside("c3", "cat /kept; wc -c < /much")).toBe("content\n16777216");
    await lodge.must("stop", "--force", "c3");
  }
  await lodge.must("delete", "c3");
  await lodge.must("storage", "delete", "fast");
});

test("a pool that is not there when the daemon starts says so, and keeps nobody from the rest", async () => {
  const [source, away] = [join(outside, "empty"), join(outside, "away")];
  await lodge.must("storage", "create", "disk", "dir", `source=${source}`);
  await lodge.must("init", "tiny", "c4", "--storage", "disk");
  await lodge.must("init", "tiny", "c5");
  await lodge.endDaemon("SIGTERM");
  const unmounted = await runCommand("nsenter", [
    `--mount=${lodge.directory}/ns/mnt`,
    "umount",
    join(lodge.directory, "pools/disk"),
  ]);
  expect(unmounted).toMatchObject({ status: 0 });
  await rename(source, away);
  await lodge.startDaemon();
  expect(await lodge.must("storage", "list", "-f", "csv")).toContain("UNAVAILABLE");
  expect(await lodge.must("storage", "info", "disk")).toMatch(/Problem: +.*is not there or does not hold it/);
  expect((await lodge.run("start", "c4")).stderr).toContain('"disk" is not available');
  expect((await lodge.run("delete", "c4")).stderr).toContain('"disk" is not available');
  const warnings = async () => (await lodge.must("warning", "list", "--all", "-f", "csv")).split("\n");
  const lost = (await warnings()).find((line) => line.includes("Storage pool unavailable"));
  expect(lost).toMatch(/^[0-9a-f-]{36},Storage pool unavailable,disk,NEW,HIGH,1,/);
  const uuid = lost?.slice(0, 36) ?? "";
  expect(await lodge.must("warning", "show", uuid)).toContain("entity_url: /1.0/storage-pools/disk");
  await lodge.must("warning", "acknowledge", uuid);
  expect(await lodge.must("warning", "list", "-f", "csv")).not.toContain("Storage pool");
  await lodge.must("start", "c5");
  await rename(away, source);
  await lodge.restartDaemon("SIGTERM");
  expect((await warnings()).find((line) => line.startsWith(uuid))).toContain("RESOLVED");
  await lodge.must("warning", "delete", uuid);
  await lodge.must("start", "c4");
  await lodge.must("delete", "--force", "c4", "c5");
  await lodge.must("storage", "delete", "disk");
  expect((await runCommand("ls", ["-A", source])).stdout).toBe("");
});
