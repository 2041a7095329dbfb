/** Files that are not what was written to them: each is reported as that, at once, and nothing else suffers. */
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mustRun } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("init", "tiny", "c");
  for (const name of ["v", "w"]) {
    await lodge.must("init", "--empty", name, "--vm", "-d", "root,size=64MiB");
    await lodge.must("snapshot", "create", name, "one");
    await mustRun("qemu-io", ["-f", "qcow2", "-c", "write -P 7 0 1M", await disk(name)]);
    await lodge.must("snapshot", "create", name, "two");
  }
});
afterAll(() => lodge.stop());

const names = async () => (await lodge.client.instances.list()).map(({ name }) => name);
const pool = () => join(lodge.directory, "pools/default");
const idOf = async (name: string) =>
  ((await lodge.client.instances.get(name)).config["volatile.uuid"] ?? "").slice(0, 8);
const record = async (name: string) => join(pool(), "roots", await idOf(name), "root.json");
async function layers(name: string): Promise<{ top: string; below?: string }> {
  return JSON.parse(readFileSync(await record(name), "utf8")) as Awaited<ReturnType<typeof layers>>;
}
const diskOf = (layer: string) => join(pool(), "layers", layer, "disk.qcow2");
const disk = async (name: string) => diskOf((await layers(name)).top);
/** The disk that a disk stands on. */
async function backing(path: string): Promise<string> {
  const info = await mustRun("qemu-img", ["info", "--output=json", path]);
  return (JSON.parse(info) as { "full-backing-filename": string })["full-backing-filename"];
}

/** Writes over a part of a file, and returns how to undo that. */
function damage(path: string, at: number, bytes: Buffer): () => void {
  const before = readFileSync(path).subarray(at, at + bytes.length);
  const write = (content: Buffer) => {
    const file = openSync(path, "r+");
    writeSync(file, content, 0, content.length, at);
    closeSync(file);
  };
  write(bytes);
  return () => write(before);
}
const noise = (length: number) => Buffer.alloc(length, 0xa5);

test.each([
  ["its first bytes", 0, 4],
  ["the place of its table", 40, 8],
])("a disk in which %s are damaged is reported, and its snapshots are not lost", async (_, at, length) => {
  const repair = damage(await disk("v"), at, noise(length));
  for (const words of [
    ["start", "v"],
    ["snapshot", "create", "v", "three"],
    ["copy", "v", "x"],
  ]) {
    const { status, stderr } = await lodge.run(...words);
    expect([status, stderr], words.join(" ")).toEqual([1, expect.stringMatching(/disk .*is damaged/)]);
  }
  expect(await names()).toEqual(["c", "v", "w"]);
  await lodge.restartDaemon();
  expect(await lodge.must("snapshot", "list", "v", "-f", "csv")).toMatch(/one[^]*two/);
  await lodge.must("copy", "v/two", "x");
  await lodge.must("delete", "x");
  repair();
});

test("a disk that contradicts itself inside does not start", async () => {
  const path = await disk("v");
  // QEMU's own mark, set when it finds that.
  const repair = damage(path, 79, Buffer.from([2]));
  expect(await lodge.run("start", "v")).toMatchObject({ status: 1, stderr: expect.stringMatching(/is damaged/) });
  repair();
});

test("the disk of a snapshot that is damaged is reported by what stands on it, and all can be deleted", async () => {
  damage(await backing(await disk("v")), 0, noise(64));
  for (const words of [
    ["start", "v"],
    ["copy", "v/two", "x"],
    ["restore", "v", "two"],
  ]) {
    const { status, stderr } = await lodge.run(...words);
    expect([status, stderr], words.join(" ")).toEqual([1, expect.stringMatching(/is damaged/)]);
  }
  await lodge.must("snapshot", "create", "w", "three");
  await lodge.must("snapshot", "delete", "w", "three");
  await lodge.must("restore", "v", "one");
  await lodge.must("delete", "v");
  await lodge.must("copy", "w/two", "x");
  await lodge.must("delete", "x");
});

test("the record of a root that is damaged is reported, and the daemon starts and serves the others", async () => {
  writeFileSync(await record("w"), '{"type":"virt');
  await lodge.restartDaemon();
  expect(await lodge.run("start", "w")).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/root\.json is damaged/),
  });
  await lodge.must("copy", "c", "x");
  await lodge.must("start", "x");
  await lodge.must("delete", "--force", "x");
  // What it named is nobody's to remove as long as it is there.
  expect(readdirSync(join(pool(), "layers")).length).toBeGreaterThan(0);
  await lodge.must("delete", "w");
  await lodge.restartDaemon();
  expect(readdirSync(join(pool(), "layers"))).toEqual([(await layers("c")).below]);
});

test("a backup that is damaged anywhere is refused, and nothing is kept of it", async () => {
  const file = join(lodge.directory, "c.tar.zst");
  await lodge.must("export", "c", file);
  const whole = readFileSync(file);
  const refused = async (content: Buffer, what: string) => {
    writeFileSync(file, content);
    const { status, stderr } = await lodge.run("import", file, "x");
    expect([status, stderr], what).toEqual([2, expect.stringMatching(/^Error: /m)]);
  };
  for (const place of [0.01, 0.3, 0.7, 0.99]) {
    const at = Math.floor(whole.length * place);
    await refused(Buffer.concat([whole.subarray(0, at), noise(8), whole.subarray(at + 8)]), `changed at ${place}`);
    await refused(whole.subarray(0, at), `cut at ${place}`);
  }
  expect(await names()).toEqual(["c"]);
  expect(readdirSync(join(pool(), "roots"))).toEqual([await idOf("c")]);
});
