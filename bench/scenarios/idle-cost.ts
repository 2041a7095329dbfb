import { setTimeout as delay } from "node:timers/promises";
import { inParallel } from "../../packages/core/src/in-parallel.ts";
import { heldIn, processNamespace } from "../measure/processes.ts";
import { type DockerPeer, dockerPeer } from "../peers/docker.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { lxdPeer } from "../peers/lxd.ts";
import { type RestSystem, remove } from "../peers/rest-system.ts";
import type { Contestant, Peer, PeerKind, Room, Scenario } from "../scenario.ts";

const image = "tiny";
const full = 50;
const small = 10;
/** Milliseconds for which nobody asks for anything. */
const idle = 20_000;
/** Launches and removals at the same time. */
const atOnce = 4;
const daemons = "memory of the daemons";
const beyond = "memory of a container beyond its own";

export const idleCost: Scenario = {
  name: "idle-cost",
  title: "What a system costs that has nothing to do",
  about:
    `The memory of the daemons (proportional set size, containerd's included) and their processor time over ${idle / 1000} s, first without ` +
    `a container, then with ${full} that do nothing (${small} in a quick run). A container's own processes are not counted: what it costs ` +
    "beyond them is what the daemons grew by, and who watches over it (conmon, containerd-shim, LXD's monitor).",
  rounds: { quick: 1, full: 3, warmUp: 0 },
  claims: [
    { figure: daemons, entry: "Lodge", than: "Docker and containerd", atMost: 1 },
    { figure: beyond, entry: "Lodge", atMost: 2 },
  ],
  entries: [
    { name: "Lodge", peer: "lodge", open: (room) => rest(room, lodgePeer, process.pid) },
    { name: "Docker and containerd", peer: "docker", open: docker },
    { name: "LXD", peer: "lxd", open: (room) => rest(room, lxdPeer) },
  ],
};

interface Way {
  readonly launch: (name: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
}

/** `home`: a process in the daemon's namespace of processes. Default: the first of its sandbox. */
async function rest<System extends RestSystem>(
  room: Room,
  kind: PeerKind<System & { readonly sandbox?: { readonly pid: number } }>,
  home?: number,
): Promise<Contestant> {
  const system = await room.peer(kind);
  const alias = await system.image(image, "container");
  const way = {
    launch: (name: string) => system.launch(name, alias, "container"),
    remove: (name: string) => remove(system, name),
  };
  return idling(room, system, home ?? system.sandbox?.pid ?? process.pid, way);
}

async function docker(room: Room): Promise<Contestant> {
  const peer: DockerPeer = await room.peer(dockerPeer);
  return idling(room, peer, peer.sandbox.pid, {
    launch: (name) => peer.launch(name),
    remove: (name) => peer.remove(name),
  });
}

function idling({ quick }: Room, peer: Peer, home: number, way: Way): Contestant {
  const names = Array.from({ length: quick ? small : full }, (_none, index) => `idle-${index + 1}`);
  const namespace = processNamespace(home);
  // The bench itself is in the group while its round runs.
  const managers = () =>
    heldIn(
      namespace,
      peer.group.processes().filter((pid) => pid !== process.pid),
    );
  const load = async () => {
    const before = peer.group.read().processor - ownSeconds();
    await delay(idle);
    return (100 * (peer.group.read().processor - ownSeconds() - before) * 1000) / idle;
  };
  return {
    peer,
    async round(watch) {
      watch.note("their processor", await load(), "% of one");
      // Only now: what was there before has had time to be given back.
      const alone = managers();
      watch.note(daemons, alone.memory / 2 ** 20, "MiB");
      await inParallel(names, atOnce, way.launch);
      const processor = await load();
      const all = managers();
      watch.note(beyond, (all.memory - alone.memory) / names.length / 2 ** 20, "MiB");
      watch.note("processes of a container beyond its own", (all.processes - alone.processes) / names.length, "");
      watch.note("processor with all of them", processor, "% of one");
      await inParallel(names, atOnce, way.remove);
    },
  };
}

/** Processor time of the bench's process, which is in the group. */
function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
