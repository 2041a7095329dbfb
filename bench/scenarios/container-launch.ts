import { dockerImage, dockerPeer } from "../peers/docker.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { lxdPeer } from "../peers/lxd.ts";
import { podmanImage, podmanPeer } from "../peers/podman.ts";
import { remove, reply } from "../peers/rest-system.ts";
import type { Contestant, Peer, Room, Scenario } from "../scenario.ts";

const image = "tiny";
const echo = ["echo", "here"] as const;

export const containerLaunch: Scenario = {
  name: "container-launch",
  title: "A container, from nothing to its first answer",
  about:
    "A container of an image that is there already is made and started, and `echo` is run in it. A network of its own with an address " +
    "is part of it. Every peer has the same root file system and runs the same init in it. APIs are compared with each other, and " +
    "commands as a person types them (`lodge launch`, `lodge exec`; `docker run --detach`, `docker exec`), each a process.",
  rounds: { quick: 5, full: 20 },
  claims: [
    { figure: "launch to first answer, API", entry: "Lodge's API", than: "Docker's API", atMost: 1 / 5 },
    { figure: "launch to first answer, API", entry: "Lodge's API", than: "LXD's API", atMost: 1 / 20 },
    ...["`docker`", "`podman`", "`lxc`"].map((than) => ({
      ...{ figure: "launch to first answer, commands", entry: "`lodge`", than, atMost: 1 },
    })),
    ...["Docker's API", "LXD's API"].map((than) => ({
      ...{ figure: "a further answer, API", entry: "Lodge's API", than, atMost: 1 },
    })),
    { figure: "a further answer, commands", entry: "`lodge`", than: "`docker`", atMost: 1 },
    { figure: "a further answer, commands", entry: "`lodge`", than: "`lxc`", atMost: 1.6 },
  ],
  entries: [
    { name: "Lodge's API", peer: "lodge", open: lodgeByApi },
    { name: "Docker's API", peer: "docker", open: dockerByApi },
    { name: "LXD's API", peer: "lxd", open: lxdByApi },
    { name: "`lodge`", peer: "lodge", open: lodgeByCommands },
    { name: "`docker`", peer: "docker", open: dockerByCommands },
    { name: "`podman`", peer: "podman", open: podmanByCommands },
    { name: "`lxc`", peer: "lxd", open: lxdByCommands },
  ],
};

/** How one makes a running container, asks it, and is rid of it. */
interface Way {
  readonly launch: () => Promise<unknown>;
  readonly reply: () => Promise<unknown>;
  readonly remove: () => Promise<unknown>;
}

function contestant(peer: Peer, by: "API" | "commands", { launch, reply, remove }: Way): Contestant {
  return {
    peer,
    async round(watch) {
      await watch.time(`launch to first answer, ${by}`, async () => {
        await launch();
        await reply();
      });
      await watch.time(`a further answer, ${by}`, reply);
      await watch.time(`stop and delete, ${by}`, remove);
    },
  };
}

async function lodgeByApi(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  await peer.image(image, "container");
  return contestant(peer, "API", {
    launch: () => peer.launch("api", image, "container"),
    reply: () => reply(peer, "api"),
    remove: () => remove(peer, "api"),
  });
}

async function lodgeByCommands(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  await peer.image(image, "container");
  return contestant(peer, "commands", {
    launch: () => peer.lodge.must("launch", image, "cli"),
    reply: () => peer.lodge.must("exec", "cli", "--", ...echo),
    remove: () => peer.lodge.must("delete", "--force", "cli"),
  });
}

async function dockerByApi(room: Room): Promise<Contestant> {
  const peer = await room.peer(dockerPeer);
  return contestant(peer, "API", {
    launch: () => peer.launch("api"),
    reply: () => peer.reply("api"),
    remove: () => peer.remove("api"),
  });
}

async function dockerByCommands(room: Room): Promise<Contestant> {
  const peer = await room.peer(dockerPeer);
  return contestant(peer, "commands", {
    launch: () => peer.docker("run", "--detach", "--name=cli", dockerImage),
    reply: () => peer.docker("exec", "cli", ...echo),
    remove: () => peer.docker("rm", "--force", "cli"),
  });
}

async function podmanByCommands(room: Room): Promise<Contestant> {
  const peer = await room.peer(podmanPeer);
  return contestant(peer, "commands", {
    // Its own limits are above what the host may allow.
    launch: () => peer.podman("run", "--detach", "--name=cli", "--ulimit=host", podmanImage),
    reply: () => peer.podman("exec", "cli", ...echo),
    remove: () => peer.podman("rm", "--force", "--time=0", "cli"),
  });
}

async function lxdByApi(room: Room): Promise<Contestant> {
  const peer = await room.peer(lxdPeer);
  const alias = await peer.image(image, "container");
  return contestant(peer, "API", {
    launch: () => peer.launch("api", alias, "container"),
    reply: () => reply(peer, "api"),
    remove: () => remove(peer, "api"),
  });
}

async function lxdByCommands(room: Room): Promise<Contestant> {
  const peer = await room.peer(lxdPeer);
  const alias = await peer.image(image, "container");
  return contestant(peer, "commands", {
    launch: () => peer.lxc("launch", alias, "cli"),
    reply: () => peer.lxc("exec", "cli", "--", ...echo),
    remove: () => peer.lxc("delete", "--force", "cli"),
  });
}
