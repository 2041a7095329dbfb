import { countCalls } from "../measure/system-calls.ts";
import { dockerPeer } from "../peers/docker.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { lxdPeer } from "../peers/lxd.ts";
import { type RestSystem, remove, reply } from "../peers/rest-system.ts";
import type { Contestant, Peer, PeerKind, Room, Scenario } from "../scenario.ts";

const image = "tiny";
const name = "watched";
const calls = "system calls of a launch";
const programs = "programs of a launch";

export const launchWork: Scenario = {
  name: "launch-work",
  title: "What a container's launch asks of the kernel",
  about:
    "A container is launched and asked once, by the API, while `strace` follows the manager's daemons and everything that they start: how " +
    "many system calls that takes, and how many programs. What the container's own init does is part of it, and the same everywhere. " +
    "Then the same for its end.",
  rounds: { quick: 1, full: 3 },
  claims: [calls, programs].flatMap((figure) =>
    ["Docker", "LXD"].map((than) => ({ figure, entry: "Lodge", than, atMost: 1 })),
  ),
  entries: [
    { name: "Lodge", peer: "lodge", open: (room) => rest(room, lodgePeer) },
    { name: "Docker", peer: "docker", open: docker },
    { name: "LXD", peer: "lxd", open: (room) => rest(room, lxdPeer) },
  ],
};

interface Way {
  readonly launch: () => Promise<unknown>;
  readonly remove: () => Promise<unknown>;
}

async function rest(room: Room, kind: PeerKind<RestSystem>): Promise<Contestant> {
  const system = await room.peer(kind);
  const alias = await system.image(image, "container");
  return watched(room, system, {
    async launch() {
      await system.launch(name, alias, "container");
      await reply(system, name);
    },
    remove: () => remove(system, name),
  });
}

async function docker(room: Room): Promise<Contestant> {
  const peer = await room.peer(dockerPeer);
  return watched(room, peer, {
    async launch() {
      await peer.launch(name);
      await peer.reply(name);
    },
    remove: () => peer.remove(name),
  });
}

function watched(room: Room, peer: Peer, { launch, remove }: Way): Contestant {
  const count = (work: () => Promise<unknown>) => {
    // The bench itself is in the group while its round runs.
    const pids = peer.group.processes().filter((pid) => pid !== process.pid);
    return countCalls(pids, room.directory, work);
  };
  return {
    peer,
    async round(watch) {
      const launched = await count(launch);
      watch.note(calls, launched.calls, "");
      watch.note(programs, launched.programs, "");
      const removed = await count(remove);
      watch.note("system calls of its end", removed.calls, "");
      watch.note("programs of its end", removed.programs, "");
    },
  };
}
