/**
 * The first promise: the daemon is killed at random points of a load, again and again; what ran runs on, the next
 * daemon shows the truth, and nothing is orphaned. `LODGE_TEST_SEED` repeats a run,
 * `LODGE_TEST_KILLS` makes it longer or shorter.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { InstanceFull } from "@lodge/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { findOrphans } from "../harness/orphans.ts";
import { randomNumbers } from "../harness/random-numbers.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

const kills = Number(process.env["LODGE_TEST_KILLS"]) || 50;
const seed = Number(process.env["LODGE_TEST_SEED"]) || Date.now() % 1_000_000;
const random = randomNumbers(seed);

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "c0");
  await lodge.must("launch", "tiny", "v0", "--vm");
  await lodge.must("init", "tiny", "s0");
});
afterAll(() => lodge.stop());

/** What tells one run of an instance from the next. */
const identities = async () => ({
  container: await lodge.must("exec", "c0", "--", "cut", "-d", " ", "-f", "22", "/proc/1/stat"),
  machine: await lodge.must("exec", "v0", "--", "cat", "/proc/sys/kernel/random/boot_id"),
});

let runs: Awaited<ReturnType<typeof identities>>;

const pick = <T>(values: readonly T[]): T | undefined => values[Math.floor(random() * values.length)];

/** One thing that users do. Names are few, so that operations meet each other. */
function something(): Promise<unknown> {
  const name = `x${Math.floor(random() * 4)}`;
  const { instances } = lodge.client;
  const image = { type: "image", alias: "tiny" } as const;
  const kept = pick(["c0", "v0", "s0"]) ?? "s0";
  const snapshot = `snap${Math.floor(random() * 3)}`;
  const works: (() => Promise<{ wait(): Promise<unknown> }>)[] = [
    () => instances.create({ name, type: "container", source: image, start: true }),
    () => instances.create({ name, type: "virtual-machine", source: image }),
    () => instances.create({ name, source: { type: "copy", source: "s0" } }),
    () => instances.setState(name, "start"),
    () => instances.setState(name, "stop", { force: true }),
    () => instances.delete(name),
    () => instances.snapshots(kept).create({ name: snapshot }),
    () => instances.snapshots(kept).delete(snapshot),
    () => instances.snapshots("s0").restore(snapshot),
    () => instances.create({ name, source: { type: "copy", source: kept } }),
    () => instances.rebuild(name, { source: image }),
  ];
  const work = pick(works);
  const exec = () => lodge.run("exec", pick(["c0", "v0"]) ?? "c0", "--no-wait", "--", "sh", "-c", "echo $((6 * 7))");
  return work && random() < 0.8 ? work().then((operation) => operation.wait()) : exec();
}

/** Does things one after the other until it is told to end. What goes wrong belongs to the game. */
async function load(ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await something().catch(() => undefined);
    await delay(5);
  }
}

async function killOnce(): Promise<void> {
  const end = new AbortController();
  const loads = [load(end.signal), load(end.signal), load(end.signal)];
  await delay(random() * 1200);
  await lodge.endDaemon("SIGKILL");
  end.abort();
  await lodge.startDaemon();
  await Promise.all(loads);
}

/** Milliseconds in which the daemon clears up after a run that ended by itself. */
const clearing = 10_000;

/** Nothing is orphaned but what the daemon is clearing away at this moment. */
async function expectNoOrphans(when: string): Promise<void> {
  let orphans: string[] = [];
  await until("nothing orphaned", clearing, async () => {
    orphans = await findOrphans(lodge.directory, await lodge.client.instances.list());
    return orphans.length === 0;
  }).catch(() => expect(orphans, when).toEqual([]));
}

/** Of the host: the processes are the same ones. */
const processes = (instances: readonly InstanceFull[]) =>
  ["c0", "v0"].map((name) => instances.find((instance) => instance.name === name)?.state.pid);

const running = (instances: readonly InstanceFull[]) =>
  instances.filter(({ status }) => status === "Running").map(({ name }) => name);

test(`instances survive ${kills} kills of the daemon, and nothing is orphaned (seed ${seed})`, {
  timeout: 1_200_000,
}, async () => {
  runs = await identities();
  const pids = processes(await lodge.client.instances.list());
  for (let kill = 1; kill <= kills; kill++) {
    await killOnce();
    const listed = await until("a true list", 2_000, async () => {
      const instances = await lodge.client.instances.list();
      return ["c0", "v0"].every((name) => running(instances).includes(name)) ? instances : undefined;
    });
    expect(
      listed.filter(({ status }) => status === "Error"),
      `kill ${kill}`,
    ).toEqual([]);
    expect(processes(listed), `kill ${kill}`).toEqual(pids);
    if (kill % 10 === 0) expect(await identities(), `kill ${kill}`).toEqual(runs);
    await until("operations are settled", 60_000, async () => {
      const operations = await lodge.client.operations.list();
      return operations.every(({ status_code }) => status_code >= 200);
    });
    await expectNoOrphans(`kill ${kill}`);
  }
});

test("every snapshot that is left can be made an instance of, and deleted", async () => {
  for (const owner of ["c0", "v0", "s0"]) {
    for (const { name } of await lodge.client.instances.snapshots(owner).list()) {
      await lodge.must("copy", `${owner}/${name}`, "y0");
      await lodge.must("start", "y0");
      await lodge.must("exec", "y0", "--", "true");
      await lodge.must("delete", "--force", "y0");
      await lodge.must("snapshot", "delete", owner, name);
    }
  }
  expect(await identities()).toEqual(runs);
});

test("whatever is left of the load can be used and deleted", async () => {
  for (const { name, status } of await lodge.client.instances.list()) {
    if (!name.startsWith("x")) continue;
    if (status !== "Running") await lodge.must("start", name);
    await lodge.must("exec", name, "--", "true");
    await lodge.must("delete", "--force", name);
  }
  const present = await lodge.client.instances.list();
  expect(present.map(({ name }) => name).sort((a, b) => a.localeCompare(b))).toEqual(["c0", "s0", "v0"]);
  await expectNoOrphans("at the end");
});
