import { dockerPeer } from "../peers/docker.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { lxdPeer } from "../peers/lxd.ts";
import type { Contestant, Peer, Room, Scenario } from "../scenario.ts";

export const commandStart: Scenario = {
  name: "command-start",
  title: "The shortest commands",
  about:
    "What a command costs that does nothing (`--version`), and one that asks its daemon and prints an answer (a list without an " +
    "instance in it): each the whole process, from its start to its end.",
  rounds: { quick: 10, full: 40 },
  claims: ["version", "list"].map((figure) => ({ figure, entry: "`lodge`", than: "`lxc`", atMost: 2 })),
  entries: [
    { name: "`lodge`", peer: "lodge", open: lodge },
    { name: "`lxc`", peer: "lxd", open: lxc },
    { name: "`docker`", peer: "docker", open: docker },
  ],
};

async function lodge(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  return commands(
    peer,
    () => peer.lodge.must("--version"),
    () => peer.lodge.must("list"),
  );
}

async function lxc(room: Room): Promise<Contestant> {
  const peer = await room.peer(lxdPeer);
  return commands(
    peer,
    () => peer.lxc("--version"),
    () => peer.lxc("list"),
  );
}

async function docker(room: Room): Promise<Contestant> {
  const peer = await room.peer(dockerPeer);
  return commands(
    peer,
    () => peer.docker("--version"),
    () => peer.docker("ps"),
  );
}

function commands(peer: Peer, version: () => Promise<unknown>, list: () => Promise<unknown>): Contestant {
  return {
    peer,
    async round(watch) {
      await watch.time("version", version);
      await watch.time("list", list);
    },
  };
}
