/** Forks of a running instance: the same past, and a machine of its own from then on. Of many that are pressed: test/long. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
const distinct = (values: readonly string[]) => new Set(values).size;
const inside = (name: string, script: string) => lodge.must("exec", name, "--", "sh", "-c", script);
const each = (names: readonly string[], script: string) => Promise.all(names.map((name) => inside(name, script)));
/** A process, a pattern in memory, and a file on disk. */
const past = "kill -0 $(cat /run/pid) && echo alive; md5sum < /dev/shm/pattern; cat /root/word";
/** What must be a machine's own. */
const identity =
  "hostname; cat /etc/machine-id || echo; cat /sys/class/net/eth0/address; head -c 24 /dev/urandom | md5sum";

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

test("what is forked goes on, and is a machine of its own", async () => {
  const before = await inside("db", past);
  expect(await lodge.must("fork", "db", "s", "--count", "2")).toContain("s-1, s-2");
  const all = ["db", "s-1", "s-2"];
  for (const text of await each(all, past)) expect(text).toBe(before);
  const told = await each(all, identity);
  const facets = told.map((text) => text.split("\n"));
  for (const facet of [0, 1, 2, 3]) expect(distinct(facets.map((lines) => lines[facet] ?? ""))).toBe(all.length);
  expect(facets.map(([name]) => name)).toEqual(all);
});

test("containers are forked with their files", async () => {
  await lodge.must("launch", "tiny", "c1");
  await inside("c1", "echo word > /root/word");
  expect(await lodge.must("fork", "c1", "c", "--count", "2", "-e")).toBe("Forked c1 to c-1, c-2");
  for (const name of ["c-1", "c-2"]) expect(await inside(name, "cat /root/word; hostname")).toBe(`word\n${name}`);
  await lodge.must("stop", "-f", "c-1");
  expect((await lodge.run("info", "c-1")).status).toBe(3);
});
