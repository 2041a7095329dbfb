import { eventLoopDelay } from "../measure/scrape.ts";
import { dockerPeer } from "../peers/docker.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { lxdPeer } from "../peers/lxd.ts";
import { type RestSystem, remove } from "../peers/rest-system.ts";
import type { Contestant, Peer, PeerKind, Room, Scenario } from "../scenario.ts";

const image = "tiny";
const full = 100;
const small = 20;

export const containerBurst: Scenario = {
  name: "container-burst",
  title: `${full} containers at once`,
  about:
    `${full} containers of \`${image}\` (${small} in a quick run), each with an address on a bridge, are asked for at the same moment by ` +
    "the API, until every one of them runs; then all are deleted at the same moment, running as they are. The root file system and the " +
    "init are the same everywhere.",
  rounds: { quick: 2, full: 5 },
  claims: ["start all", "delete all"].flatMap((figure) =>
    ["Docker", "LXD"].map((than) => ({ figure, entry: "Lodge", than, atMost: 1 / 5 })),
  ),
  entries: [
    { name: "Lodge", peer: "lodge", open: (room) => rest(room, lodgePeer, eventLoopDelay) },
    { name: "Docker", peer: "docker", open: docker },
    { name: "LXD", peer: "lxd", open: (room) => rest(room, lxdPeer) },
  ],
};

async function rest(
  room: Room,
  kind: PeerKind<RestSystem>,
  lateness?: (socket: string) => Promise<number>,
): Promise<Contestant> {
  const system = await room.peer(kind);
  const alias = await system.image(image, "container");
  return bursting(room, system, {
    ...(lateness && { late: () => lateness(system.socket) }),
    launch: (name) => system.launch(name, alias, "container"),
    remove: (name) => remove(system, name),
  });
}

async function docker(room: Room): Promise<Contestant> {
  const peer = await room.peer(dockerPeer);
  return bursting(room, peer, { launch: (name) => peer.launch(name), remove: (name) => peer.remove(name) });
}

interface Way {
  readonly launch: (name: string) => Promise<unknown>;
  readonly remove: (name: string) => Promise<unknown>;
  /** Milliseconds by which the daemon's event loop was late since this was asked last, but for one time in a hundred. */
  readonly late?: () => Promise<number>;
}

function bursting({ quick }: Room, peer: Peer, way: Way): Contestant {
  const names = Array.from({ length: quick ? small : full }, (_none, index) => `burst-${index + 1}`);
  return {
    peer,
    async round(watch) {
      await way.late?.();
      try {
        await watch.time("start all", () => Promise.all(names.map(way.launch)));
      } catch (error) {
        // Those that could be launched, when not all could: the next round takes the same names.
        await Promise.allSettled(names.map(way.remove));
        throw error;
      }
      if (way.late) watch.note("the daemon's event loop late by, p99", await way.late(), "ms");
      await watch.time("delete all", () => Promise.all(names.map(way.remove)));
    },
  };
}
