import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { diskJobs, fioArguments } from "../measure/fio.ts";
import type { Stopwatch } from "../measure/stopwatch.ts";
import { dockerPeer } from "../peers/docker.ts";
import { requireFetched, runFetched } from "../peers/fetched.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { remove } from "../peers/rest-system.ts";
import { toolsPeer } from "../peers/tools.ts";
import type { Contestant, Peer, Room, Scenario } from "../scenario.ts";

const image = "tiny";
const full = { file: 1024, random: 128 };
const small = { file: 256, random: 32 };

export const disk: Scenario = {
  name: "disk",
  title: "The disk of a container",
  about:
    `A file of ${full.file} MiB is written and read from its beginning to its end by 1 MiB, then ${full.random} MiB of it by 4 KiB at random places ` +
    `(${small.file} and ${small.random} MiB in a quick run), all past the cache of files (\`fio\`, O_DIRECT). The program is the host's and works in the ` +
    "root of a running container, seen from the host; and in a directory of the host's on the same disk.",
  rounds: { quick: 3, full: 7 },
  claims: diskJobs.map(({ figure }) => ({ figure, entry: "Lodge", than: "the host", atMost: 1 / 0.95 })),
  entries: [
    { name: "Lodge", peer: "lodge", open: lodge },
    { name: "Docker", peer: "docker", open: docker },
    { name: "the host", peer: "tools", open: host },
  ],
};

async function lodge(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  const name = "disk";
  await peer.launch(name, await peer.image(image, "container"), "container");
  const directory = `/proc/${await peer.pid(name)}/root/var`;
  return { peer, round: (watch) => work(room, watch, directory), close: () => remove(peer, name) };
}

async function docker(room: Room): Promise<Contestant> {
  const peer = await room.peer(dockerPeer);
  const name = "disk";
  await peer.launch(name);
  const pid = await peer.docker("inspect", "--format", "{{.State.Pid}}", name);
  // As the sandbox counts processes.
  const directory = peer.sandbox.outside(`/proc/${pid}/root/var`);
  return { peer, round: (watch) => work(room, watch, directory), close: () => peer.remove(name) };
}

async function host(room: Room): Promise<Contestant> {
  const peer: Peer = await room.peer(toolsPeer);
  const directory = join(room.directory, "disk");
  await mkdir(directory);
  return { peer, round: (watch) => work(room, watch, directory) };
}

async function work({ quick }: Room, watch: Stopwatch, directory: string): Promise<void> {
  requireFetched("fio");
  const file = join(directory, "bench.fio");
  for (const job of diskJobs) {
    await watch.time(job.figure, () => runFetched([], "fio", ...fioArguments(job, file, quick ? small : full)));
  }
  await rm(file);
}
