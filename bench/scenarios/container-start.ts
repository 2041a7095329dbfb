import { bareCrunPeer } from "../peers/bare-crun.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { remove, stop } from "../peers/rest-system.ts";
import type { Contestant, Room, Scenario } from "../scenario.ts";

const image = "tiny";
const figure = "start";

export const containerStart: Scenario = {
  name: "container-start",
  title: "A container's start, and the floor beneath it",
  about:
    "A stopped container is started by Lodge's API, which gives it its root file system, its address and its limits, and somebody who " +
    "watches over its terminal and its end. Bare `crun run` gets the same bundle without any of this work: the root is mounted already, " +
    "the user and network namespaces are there, and nobody watches.",
  rounds: { quick: 10, full: 40 },
  claims: [{ figure, entry: "Lodge's API", than: "bare `crun run`", atMost: 4 }],
  entries: [
    { name: "Lodge's API", peer: "lodge", open: lodge },
    { name: "bare `crun run`", peer: "crun", open: crun },
  ],
};

async function lodge(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  const name = "floor";
  await peer.launch(name, await peer.image(image, "container"), "container");
  return {
    peer,
    async round(watch) {
      await stop(peer, name);
      await watch.time(figure, async () => (await peer.client.instances.setState(name, "start")).wait());
    },
    close: () => remove(peer, name),
  };
}

async function crun(room: Room): Promise<Contestant> {
  const peer = await room.peer(bareCrunPeer);
  const system = await room.peer(lodgePeer);
  const model = "floor-model";
  await system.launch(model, await system.image(image, "container"), "container");
  const bundle = await peer.bundleOf(await system.pid(model));
  return {
    peer,
    async round(watch) {
      await watch.time(figure, () => peer.run("floor", bundle));
      await peer.remove("floor");
    },
    close: () => remove(system, model),
  };
}
