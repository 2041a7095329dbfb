/** What users do to instances that have the snapshots `one` and `two`: one thing after the other, whatever comes of each. */
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { LodgeClient } from "@lodge/sdk";

export interface Workplace {
  /** All of them have the snapshots. */
  readonly owners: readonly [string, ...string[]];
  /** Those of them that run: they are forked, too. */
  readonly running: readonly [string, ...string[]];
  /** Those of the running ones that are virtual machines, whose memory can be kept. */
  readonly machines: readonly string[];
  /** Those of them that were stopped, and may be since: one that goes back to a snapshot meanwhile has no memory to go on with. */
  readonly resting: Set<string>;
}

/** Names are few, so that operations meet each other. */
const copies = 4;

/** Works until it is told to end. The client is cut off meanwhile. */
export async function work(
  client: LodgeClient,
  place: Workplace,
  random: () => number,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted) {
    await something(client, place, random).catch(() => undefined);
    await delay(5);
  }
}

async function something(client: LodgeClient, place: Workplace, random: () => number): Promise<void> {
  const { instances, images } = client;
  const pick = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0];
  const owner = pick(place.owners);
  const kept = pick(["one", "two"]);
  const copy = `x${Math.floor(random() * copies)}`;
  const [snapshots, backups] = [instances.snapshots(owner), instances.backups(owner)];
  type Deed = () => Promise<{ wait(): Promise<unknown> }>;
  const deeds: [Deed, ...Deed[]] = [
    () => snapshots.create({ name: "tmp" }),
    () => snapshots.delete("tmp"),
    () => snapshots.restore(kept),
    () => snapshots.restore(kept),
    () => instances.setState(pick(place.running), "restart", { force: true }),
    () => instances.create({ name: copy, source: { type: "copy", source: owner } }),
    () => instances.create({ name: copy, source: { type: "copy", source: `${owner}/${kept}` } }),
    () => instances.fork(pick(place.running), { name: copy, count: 1 }),
    () => instances.setState(copy, "stop", { force: true }),
    () => instances.delete(copy),
    () => images.publish({ source: { type: "snapshot", name: `c/${kept}` } }),
    () => backups.create({ name: "b" }),
    () => backups.delete("b"),
    async () => ({ wait: async () => pipeline(await backups.stream({ compression: "none" }), nowhere()) }),
    ...place.machines.flatMap((machine) => [
      () => instances.snapshots(machine).create({ name: "tmp", stateful: true }),
      () => instances.snapshots(machine).restore("tmp", { stateful: true }),
      async () => {
        place.resting.add(machine);
        const stopping = await instances.setState(machine, "stop", { stateful: true });
        // Another may have started it just before it stopped.
        return { wait: async () => void (await stopping.wait().finally(() => place.resting.add(machine))) };
      },
      async () => {
        const starting = await instances.setState(machine, "start");
        return { wait: async () => void (await starting.wait().then(() => place.resting.delete(machine))) };
      },
    ]),
  ];
  const begun = await pick(deeds)();
  await begun.wait();
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
