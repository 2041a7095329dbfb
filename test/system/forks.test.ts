/** Forks of a running instance: the same past, and a machine of its own from then on, however its siblings are pressed. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
const siblings = Array.from({ length: 16 }, (_, index) => `s-${index + 1}`);
const distinct = (values: readonly string[]) => new Set(values).size;
const inside = (name: string, script: string) => lodge.must("exec", name, "--", "sh", "-c", script);
const each = (names: readonly string[], script: string) => Promise.all(names.map((name) => inside(name, script)));
/** A process, a pattern in memory, and a file on disk. */
const past = "kill -0 $(cat /run/pid) && echo alive; md5sum < /dev/shm/pattern; cat /root/word";

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "db", "--vm", "-c", "limits.memory=96MiB");
  await inside("db", "(while :; do sleep 1; done) & echo $! > /run/pid");
  await inside("db", "head -c 4194304 /dev/urandom > /dev/shm/pattern; echo word > /root/word");
});
afterAll(() => lodge.stop());

test("what cannot be forked is told", async () => {
  expect(await lodge.run("fork", "db", "db")).toMatchObject({ status: 4 });
  expect(await lodge.run("fork", "none", "x")).toMatchObject({ status: 3 });
  expect((await lodge.run("fork", "db", "x", "--count", "0")).stderr).toContain("1 to 64");
  await lodge.must("init", "tiny", "stopped", "--vm");
  expect((await lodge.run("fork", "stopped", "x")).stderr).toContain("lodge copy stopped");
});

describe("sixteen siblings", () => {
  let before: string;
  beforeAll(async () => {
    before = await inside("db", past);
    expect(await lodge.must("fork", "db", "s", "--count", "16")).toContain("s-1, s-2");
    await Promise.all(siblings.map((name) => lodge.must("wait", name)));
  });

  test("go on where their source is, which stood still for a moment", async () => {
    expect(before).toMatch(/^alive\n[0-9a-f]{32} .*\nword$/);
    const all = await each(["db", ...siblings], past);
    for (const text of all) expect(text).toBe(before);
    const [fork] = (await lodge.client.operations.list()).filter(
      ({ description }) => description === "Forking instance",
    );
    const milliseconds = Number(fork?.metadata["stood_still_milliseconds"]);
    process.stderr.write(`the source of 16 forks stood still for ${milliseconds} ms\n`);
    expect(milliseconds).toBeGreaterThan(0);
  });

  test("are machines of their own", async () => {
    const all = ["db", ...siblings];
    const told = await each(
      all,
      "hostname; cat /etc/machine-id || echo; cat /sys/class/net/eth0/address; head -c 24 /dev/urandom | md5sum",
    );
    const facets = told.map((text) => text.split("\n"));
    for (const facet of [0, 1, 2, 3]) expect(distinct(facets.map((lines) => lines[facet] ?? ""))).toBe(17);
    expect(facets.map(([name]) => name)).toEqual(all);
    await lodge.must("wait", "s-1", "--for", "address");
    const addresses = await each(["db", "s-1"], "ip -o -4 addr show eth0");
    expect(distinct(addresses)).toBe(2);
  });

  test("read what they did while others discard, reclaim and fill their memory, and end", async () => {
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

  test("are forked, and boot like any other machine", async () => {
    await inside("s-16", "echo grandchild > /run/name");
    await lodge.must("fork", "s-16", "late");
    await lodge.must("wait", "late");
    expect(await inside("late", `cat /run/name; hostname; ${past}`)).toBe(`grandchild\nlate\n${before}`);
    await lodge.must("restart", "late", "--force");
    await lodge.must("wait", "late");
    expect(await inside("late", "hostname; cat /root/word; ls /dev/shm")).toBe("late\nword");
  });
});

test("containers are forked with their files", async () => {
  await lodge.must("launch", "tiny", "c1");
  await inside("c1", "echo word > /root/word");
  expect(await lodge.must("fork", "c1", "c", "--count", "2", "-e")).toBe("Forked c1 to c-1, c-2");
  for (const name of ["c-1", "c-2"]) expect(await inside(name, "cat /root/word; hostname")).toBe(`word\n${name}`);
  await lodge.must("stop", "-f", "c-1");
  expect((await lodge.run("info", "c-1")).status).toBe(3);
});
