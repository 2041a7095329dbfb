import type { InstanceType } from "@lodge/api";
import { lodgePeer } from "../peers/lodge.ts";
import { lxdPeer } from "../peers/lxd.ts";
import { type PoolDriver, type RestSystem, remove, runIn, stop } from "../peers/rest-system.ts";
import type { Contestant, Entry, PeerKind, Scenario } from "../scenario.ts";

/** What is measured, and how often. */
interface Case {
  readonly name: string;
  readonly type: InstanceType;
  /** GiB that were written into the instance. */
  readonly size: number;
  readonly running: boolean;
  readonly rounds: Scenario["rounds"];
}

const cases: readonly Case[] = [
  { name: "container-1g", type: "container", size: 1, running: false, rounds: { quick: 0, full: 10 } },
  { name: "container-8g", type: "container", size: 8, running: false, rounds: { quick: 0, full: 5 } },
  { name: "container-running-1g", type: "container", size: 1, running: true, rounds: { quick: 0, full: 10 } },
  { name: "vm-1g", type: "virtual-machine", size: 1, running: false, rounds: { quick: 0, full: 10 } },
  { name: "vm-8g", type: "virtual-machine", size: 8, running: false, rounds: { quick: 0, full: 5 } },
];

/** Whatever the size: of what is stopped, nothing is copied. */
const quickOnes = (["dir", "btrfs"] as const).flatMap((driver) =>
  ["snapshot", "restore", "copy"].map((what) => ({
    ...{ figure: `${what}, \`${driver}\``, entry: `Lodge on \`${driver}\``, atMost: 300 },
  })),
);

export const snapshotScenarios: readonly Scenario[] = cases.map(scenarioOf);

function scenarioOf(one: Case): Scenario {
  const what = one.type === "container" ? "container" : "virtual machine";
  const state = one.running ? "running" : "stopped";
  const entry = (system: string, kind: PeerKind<RestSystem>, driver: PoolDriver): Entry => ({
    name: `${system} on \`${driver}\``,
    peer: kind.name,
    open: async (room) => open(await room.peer(kind), driver, one),
  });
  return {
    name: `snapshots-${one.name}`,
    title: `Snapshot, restore and copy of a ${state} ${what} with ${one.size} GiB`,
    about:
      `${one.size} GiB of random bytes were written into a ${what} of \`tiny\`. It is ${state} when a snapshot of it is made, then ` +
      `${one.running ? "" : "brought back to that, then "}copied to another instance, without the snapshot.`,
    rounds: one.rounds,
    claims: one.running ? [] : quickOnes,
    entries: [
      entry("Lodge", lodgePeer, "dir"),
      entry("LXD", lxdPeer, "dir"),
      entry("Lodge", lodgePeer, "btrfs"),
      entry("LXD", lxdPeer, "btrfs"),
    ],
  };
}

async function open(system: RestSystem, driver: PoolDriver, one: Case): Promise<Contestant> {
  const name = `${one.name}-${driver}`;
  const { instances } = system.client;
  const pool = await system.pool(driver);
  await create(system, name, pool, one);
  return {
    peer: system,
    async round(watch) {
      const snapshots = instances.snapshots(name);
      // Compared with what uses the same file system.
      const figure = (step: string) => `${step}, \`${driver}\``;
      await watch.time(figure("snapshot"), async () => (await snapshots.create({ name: "before" })).wait());
      if (!one.running) await watch.time(figure("restore"), async () => (await snapshots.restore("before")).wait());
      const source = { type: "copy", source: name, instance_only: true } as const;
      const copy = { name: `${name}-copy`, type: one.type, source };
      await watch.time(figure("copy"), async () => (await instances.create(copy)).wait());
      await remove(system, copy.name);
      await (await snapshots.delete("before")).wait();
    },
    close: () => remove(system, name),
  };
}

/** Makes the instance and writes its bytes. */
async function create(system: RestSystem, name: string, pool: string, { type, size, running }: Case): Promise<void> {
  const { instances } = system.client;
  const image = await system.image("tiny", type);
  const space = type === "container" ? {} : { size: `${size + 4}GiB` };
  const devices = { root: { type: "disk", path: "/", pool, ...space } };
  await (await instances.create({ name, type, source: { type: "image", alias: image }, devices })).wait();
  await (await instances.setState(name, "start")).wait();
  await system.ready(name);
  // As many of the same random bytes: making new ones takes an emulated processor minutes.
  const block = "dd if=/dev/urandom of=/block bs=1M count=64 2>/dev/null";
  const fill = `for i in $(seq ${size * 16}); do cat /block; done >/data`;
  await runIn(system, name, "sh", "-c", `set -e; ${block}; ${fill}; rm /block; sync`);
  if (!running) await stop(system, name);
}
