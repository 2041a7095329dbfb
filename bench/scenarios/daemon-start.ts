import { inParallel } from "../../packages/core/src/in-parallel.ts";
import { type LodgePeer, lodgePeer } from "../peers/lodge.ts";
import { type LxdPeer, lxdPeer } from "../peers/lxd.ts";
import { type RestSystem, remove } from "../peers/rest-system.ts";
import type { Contestant, Room, Scenario } from "../scenario.ts";

interface Crowd {
  readonly stopped: number;
  readonly running: number;
}

const full: Crowd = { stopped: 500, running: 50 };
const small: Crowd = { stopped: 50, running: 5 };
const atOnce = 8;
const first = "of that, to the first answer";

export const daemonStart: Scenario = {
  name: "daemon-start",
  title: `A daemon's start with ${full.stopped} stopped and ${full.running} running instances`,
  about:
    `${full.stopped} stopped and ${full.running} running containers are there (${small.stopped} and ${small.running} in a quick run), and go on ` +
    "while their daemon is ended by SIGTERM. It is started again: the time is that from its process to its first answer, then to a " +
    "list of all instances with their state.",
  rounds: { quick: 3, full: 7 },
  claims: [{ figure: first, entry: "Lodge", atMost: 1000 }],
  entries: [
    { name: "Lodge", peer: "lodge", open: lodge },
    { name: "LXD", peer: "lxd", open: lxd },
  ],
};

interface Daemon<System extends RestSystem> {
  readonly system: System;
  readonly end: () => Promise<void>;
  /** Resolves with its first answer. */
  readonly start: () => Promise<void>;
}

async function lodge(room: Room): Promise<Contestant> {
  const system: LodgePeer = await room.peer(lodgePeer);
  const end = () => system.lodge.endDaemon("SIGTERM");
  return starting(room, { system, end, start: () => system.lodge.startDaemon() });
}

async function lxd(room: Room): Promise<Contestant> {
  const system: LxdPeer = await room.peer(lxdPeer);
  return starting(room, { system, end: () => system.endDaemon(), start: () => system.startDaemon() });
}

async function starting(room: Room, { system, end, start }: Daemon<RestSystem>): Promise<Contestant> {
  const { stopped, running } = room.quick ? small : full;
  const names = Array.from({ length: stopped + running }, (_none, index) => `resting-${index + 1}`);
  const image = await system.image("tiny", "container");
  const { instances } = system.client;
  await system.makeRoom();
  await inParallel([...names.entries()], atOnce, async ([index, name]) => {
    if (index < running) await system.launch(name, image, "container");
    else await (await instances.create({ name, type: "container", source: { type: "none" } })).wait();
  });
  return {
    peer: system,
    async round(watch) {
      await end();
      await watch.time("start to a list of all", async () => {
        await watch.time(first, start);
        const { length } = await instances.list();
        if (length < names.length) throw new Error(`${length} of ${names.length} instances are in the list`);
      });
    },
    close: () => inParallel(names, atOnce, (name) => remove(system, name)).then(() => undefined),
  };
}
