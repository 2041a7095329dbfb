/** Sixteen forks of one running machine: none of them sees what its siblings do, however they press the memory that they share. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
/** What the source said of its past before it was forked. */
let before: string;
/** Milliseconds, of the source while it was forked. */
let stoodStill: number;
const siblings = Array.from({ length: 16 }, (_, index) => `s-${index + 1}`);
const distinct = (values: readonly string[]) => new Set(values).size;
const inside = (name: string, script: string) => lodge.must("exec", name, "--", "sh", "-c", script);
const each = (names: readonly string[], script: string) => Promise.all(names.map((name) => inside(name, script)));
/** A process, a pattern in memory, and a file on disk. */
const past = "kill -0 $(cat /run/pid) && echo alive; md5sum < /dev/shm/pattern; cat /root/word";
/** What must be a machine's own. */
const identity =
  "hostname; cat /etc/machine-id 2>&1; cat /sys/class/net/eth0/address; head -c 24 /dev/urandom | md5sum";

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "db", "--vm", "-c", "limits.memory=96MiB");
  await inside("db", "(while :; do sleep 1; done) & echo $! > /run/pid");
  await inside("db", "head -c 4194304 /dev/urandom > /dev/shm/pattern; echo word > /root/word");
  before = await inside("db", past);
  const forking = await lodge.client.instances.fork("db", { name: "s", count: 16 });
  const { metadata } = await forking.wait();
  stoodStill = Number(metadata["stood_still_milliseconds"]);
  await Promise.all(siblings.map((name) => lodge.must("wait", name)));
});
afterAll(() => lodge.stop());

test("siblings go on where their source is, which stood still for a moment", async () => {
  expect(before).toMatch(/^alive\n[0-9a-f]{32} .*\nword$/);
  const all = await each(["db", ...siblings], past);
  for (const text of all) expect(text).toBe(before);
  process.stderr.write(`the source of 16 forks stood still for ${stoodStill} ms\n`);
  expect(stoodStill).toBeGreaterThan(0);
});

test("siblings are machines of their own", async () => {
  const all = ["db", ...siblings];
  const told = await each(all, identity);
  const facets = told.map((text) => text.split("\n"));
  for (const facet of [0, 1, 2, 3]) {
    const values = facets.map((lines) => lines[facet] ?? "");
    expect(distinct(values), told.map((text) => text.replaceAll("\n", " ")).join("\n")).toBe(17);
  }
  expect(facets.map(([name]) => name)).toEqual(all);
  await lodge.must("wait", "s-1", "--for", "address");
  const addresses = await each(["db", "s-1"], "ip -o -4 addr show eth0");
  expect(distinct(addresses)).toBe(2);
});

test("siblings read what they did while others discard, reclaim and fill their memory, and end", async () => {
  const [pressing, reading] = [siblings.slice(0, 8), siblings.slice(8)];
  // As much as the guest has left: with more it would read its own programs from the disk for ever.
  const press = [
    "head -c 12000000 /dev/zero > /dev/shm/fill; rm /dev/shm/fill",
    "echo 3 > /proc/sys/vm/drop_caches; echo 1 > /proc/sys/vm/compact_memory",
    ": > /dev/shm/pattern; echo changed > /root/word; sync",
  ].join("; ");
  const readings = each(reading, "md5sum < /dev/shm/pattern; sleep 1; md5sum < /dev/shm/pattern");
  await each(pressing, press);
  const [, sum = ""] = before.split("\n");
  for (const text of await readings) expect(text).toBe(`${sum}\n${sum}`);
  await Promise.all(pressing.map((name) => lodge.must("delete", "-f", name)));
  expect(distinct([before, ...(await each(["db", ...reading], past))])).toBe(1);
});

test("siblings are forked, and boot like any other machine", async () => {
  await inside("s-16", "echo grandchild > /run/name");
  await lodge.must("fork", "s-16", "late");
  await lodge.must("wait", "late");
  expect(await inside("late", `cat /run/name; hostname; ${past}`)).toBe(`grandchild\nlate\n${before}`);
  await lodge.must("restart", "late", "--force");
  await lodge.must("wait", "late");
  expect(await inside("late", "hostname; cat /root/word; ls /dev/shm")).toBe("late\nword");
});
