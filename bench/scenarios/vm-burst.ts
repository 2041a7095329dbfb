import { proportionalSetSize } from "../measure/memory.ts";
import { bareQemuPeer } from "../peers/bare-qemu.ts";
import { type LodgePeer, lodgePeer } from "../peers/lodge.ts";
import { machineModel } from "../peers/machine-model.ts";
import { remove, reply } from "../peers/rest-system.ts";
import { warmTemplate } from "../peers/warm-template.ts";
import { type Contestant, type Room, type Scenario, Unavailable } from "../scenario.ts";

const image = "tiny";
const count = 16;
const figure = `${count} at once, to the last one's first answer`;

export const vmBurst: Scenario = {
  name: "vm-burst",
  title: `${count} virtual machines at once`,
  about:
    `${count} virtual machines of \`${image}\` are asked for at the same moment. What a machine costs in memory is its QEMU's ` +
    "proportional set size after its first answer: pages that several share are divided among them.",
  rounds: { quick: 0, full: 5 },
  claims: [
    { figure, entry: "Lodge, from a warm template", atMost: 5000 },
    { figure: "memory of one", entry: "Lodge, from a warm template", atMost: 64 },
  ],
  entries: [
    { name: "Lodge, from a warm template", peer: "lodge", open: fromTemplate },
    { name: "Lodge, `fork --count`", peer: "lodge", open: fromRunning },
    { name: "QEMU alone, cold boot", peer: "qemu", open: bareBoots },
  ],
};

async function fromTemplate(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  await warmTemplate(peer, image);
  const { round } = bursting(peer, (names) =>
    Promise.all(names.map((name) => peer.launch(name, image, "virtual-machine").then(() => answer(peer, name)))),
  );
  return { peer, round: (watch) => peer.withTemplates(() => round(watch)) };
}

async function fromRunning(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  if (!peer.extensions.has("lodge_fork")) throw new Unavailable("this Lodge has no `lodge fork`");
  await peer.image(image, "virtual-machine");
  await peer.launch("burst-source", image, "virtual-machine");
  await peer.ready("burst-source");
  const burst = bursting(peer, async (names) => {
    await (await peer.client.instances.fork("burst-source", { name: "burst", count })).wait();
    await Promise.all(names.map((name) => answer(peer, name)));
  });
  return { ...burst, close: () => remove(peer, "burst-source") };
}

function bursting(peer: LodgePeer, launch: (names: readonly string[]) => Promise<unknown>): Contestant {
  // As `fork --count` calls them.
  const names = Array.from({ length: count }, (_none, index) => `burst-${index + 1}`);
  return {
    peer,
    async round(watch) {
      try {
        await watch.time(figure, () => launch(names));
        const sizes = await Promise.all(names.map(async (name) => proportionalSetSize(await peer.pid(name))));
        watch.note("memory of one", sizes.reduce((sum, size) => sum + size, 0) / count / 2 ** 20, "MiB");
      } finally {
        // Those that could be launched, when not all could; the other entry takes the same names.
        await Promise.allSettled(names.map((name) => remove(peer, name)));
      }
    },
  };
}

async function answer(peer: LodgePeer, name: string): Promise<void> {
  await peer.ready(name);
  await reply(peer, name);
}

async function bareBoots(room: Room): Promise<Contestant> {
  if (room.quick)
    throw new Unavailable("left out of a quick run: so many boots take minutes without hardware virtualization");
  const peer = await room.peer(bareQemuPeer);
  const model = await machineModel(room, image);
  return {
    peer,
    async round(watch) {
      await using machines = new AsyncDisposableStack();
      const pids = await watch.time(figure, () =>
        Promise.all(
          Array.from({ length: count }, async () => {
            const machine = machines.use(await peer.start(model));
            await machine.firstReply();
            return machine.process.pid ?? 0;
          }),
        ),
      );
      const sizes = pids.map(proportionalSetSize);
      watch.note("memory of one", sizes.reduce((sum, size) => sum + size, 0) / count / 2 ** 20, "MiB");
    },
  };
}
