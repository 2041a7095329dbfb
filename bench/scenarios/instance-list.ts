import { Agent } from "node:http";
import type { InstanceCreate } from "@lodge/api";
import { inParallel } from "../../packages/core/src/in-parallel.ts";
import { lengthOf } from "../measure/get.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { lxdPeer } from "../peers/lxd.ts";
import { type RestSystem, remove } from "../peers/rest-system.ts";
import type { Contestant, PeerKind, Room, Scenario } from "../scenario.ts";

interface Crowd {
  readonly instances: number;
  readonly running: number;
  /** Of each instance. */
  readonly snapshots: number;
}

const full: Crowd = { instances: 1000, running: 50, snapshots: 5 };
const small: Crowd = { instances: 100, running: 5, snapshots: 2 };
const lists = [
  ["with state and snapshots", "/1.0/instances?recursion=2"],
  ["without", "/1.0/instances?recursion=1"],
] as const;

/** Instances that are made, and removed, at the same time. */
const mostAtOnce = 8;

export const instanceList: Scenario = {
  name: "instance-list",
  title: `A list of ${full.instances.toLocaleString("en")} instances`,
  about:
    `${full.instances.toLocaleString("en")} containers, of which ${full.running} run (\`tiny\`) and the others are empty and stopped, each with ` +
    `${full.snapshots} snapshots and a nic, were made by the API. \`GET /1.0/instances?recursion=2\`, which \`lxc list\` sends, asks for all of them ` +
    "with their state and snapshots, `?recursion=1` without. The time is that to the answer's last byte, on the unix socket.",
  rounds: { quick: 10, full: 10 },
  claims: [
    ...lists.map(([figure]) => ({ figure, entry: "Lodge", than: "LXD", atMost: 1 })),
    { figure: lists[0][0], entry: "Lodge", atMost: 80 },
  ],
  entries: [
    { name: "Lodge", peer: "lodge", open: (room) => open(room, lodgePeer) },
    { name: "LXD", peer: "lxd", open: (room) => open(room, lxdPeer) },
  ],
};

async function open(room: Room, kind: PeerKind<RestSystem>): Promise<Contestant> {
  const system = await room.peer(kind);
  const crowd = room.quick ? small : full;
  const names = Array.from({ length: crowd.instances }, (_none, index) => `crowd-${String(index).padStart(4, "0")}`);
  const agent = new Agent({ keepAlive: true });
  const clear = async () => {
    agent.destroy();
    await inParallel(names, mostAtOnce, (name) => remove(system, name));
  };
  await gather(system, names, crowd);
  return {
    peer: system,
    async round(watch) {
      for (const [figure, path] of lists) {
        const bytes = await watch.time(figure, () => lengthOf(agent, system.socket, path));
        watch.note(`its length, ${figure}`, bytes / 2 ** 20, "MiB");
      }
    },
    close: clear,
  };
}

/** One of each kind is made, snapshot by snapshot; the others are copies of it, which takes a peer less time. */
async function gather(system: RestSystem, names: readonly string[], crowd: Crowd): Promise<void> {
  const image = await system.image("tiny", "container");
  await system.makeRoom();
  const running = names.slice(0, crowd.running);
  await gatherAlike(system, running, { type: "image", alias: image }, crowd.snapshots);
  await gatherAlike(system, names.slice(crowd.running), { type: "none" }, crowd.snapshots);
  await inParallel(running, mostAtOnce, async (name) => {
    await (await system.client.instances.setState(name, "start")).wait();
  });
}

async function gatherAlike(
  { client: { instances } }: RestSystem,
  [first = "", ...others]: readonly string[],
  source: InstanceCreate["source"],
  snapshots: number,
): Promise<void> {
  await (await instances.create({ name: first, type: "container", source })).wait();
  for (let count = 0; count < snapshots; count++)
    await (await instances.snapshots(first).create({ name: `snap${count}` })).wait();
  await inParallel(others, mostAtOnce, async (name) => {
    await (
      await instances.create({
        name,
        type: "container",
        profiles: ["default"],
        source: { type: "copy", source: first },
      })
    ).wait();
  });
}
