import { proportionalSetSize } from "../measure/memory.ts";
import { bareQemuPeer } from "../peers/bare-qemu.ts";
import { libvirtPeer } from "../peers/libvirt.ts";
import { type LodgePeer, lodgePeer } from "../peers/lodge.ts";
import { machineModel } from "../peers/machine-model.ts";
import { remove, reply, replyAtTerminal } from "../peers/rest-system.ts";
import { requireFork, standReady, warmTemplate } from "../peers/warm-template.ts";
import { type Contestant, type Room, type Scenario, Unavailable } from "../scenario.ts";

const figure = "to the first answer";
const ways = {
  ready: "Lodge, a machine that stood ready",
  warm: "Lodge, from a warm template",
  cold: "Lodge, cold boot",
  bare: "QEMU alone, cold boot",
  restore: "libvirt, restore of a saved machine",
} as const;

export const vmLaunchTiny = vmLaunch("tiny", "vm-launch-tiny", { quick: 1, full: 10 }, { warm: 400, ready: 250 });
export const vmLaunchDebian = vmLaunch(
  "debian/12",
  "vm-launch-debian",
  { quick: 0, full: 5 },
  { warm: 1500, ready: 1500 },
);

/** Milliseconds to the first answer, at most. */
interface Bounds {
  readonly warm: number;
  readonly ready: number;
}

function vmLaunch(image: string, name: string, rounds: Scenario["rounds"], { warm, ready }: Bounds): Scenario {
  return {
    name,
    title: `A virtual machine (\`${image}\`), from nothing to its first answer`,
    about:
      "A virtual machine of an image that is there already is made and started, and `echo` is run in its guest: a name, an address and " +
      "everything else that makes it a machine of its own are part of that. A command at a terminal is answered by the guest's sshd, one " +
      "without, until that is there, by its guest agent. What a machine costs in memory is its QEMU's proportional set size after its first answer. QEMU alone has Lodge's own command line, a fresh overlay " +
      "of the same disk and no network, and its guest is asked by QEMU's guest agent. libvirt restores (`virsh restore`) what it saved when its guest was there: the same guest with the same " +
      "memory, which after that has the name, the address and the keys of the one that was saved.",
    rounds,
    claims: [
      { figure, entry: ways.ready, atMost: ready },
      { figure, entry: ways.warm, atMost: warm },
      { figure, entry: ways.warm, than: ways.bare, atMost: 1 / 10 },
      { figure, entry: ways.warm, than: ways.restore, atMost: 1 },
      { figure, entry: ways.cold, than: ways.bare, atMost: 1.05 },
    ],
    entries: [
      { name: ways.ready, peer: "lodge", open: (room) => fromReady(room, image) },
      { name: ways.warm, peer: "lodge", open: (room) => fromTemplate(room, image) },
      { name: "Lodge, fork of a running machine", peer: "lodge", open: (room) => fromRunning(room, image) },
      { name: ways.cold, peer: "lodge", open: (room) => coldBoot(room, image) },
      { name: ways.bare, peer: "qemu", open: (room) => bareBoot(room, image) },
      { name: ways.restore, peer: "libvirt", open: (room) => restored(room, image) },
    ],
  };
}

async function fromReady(room: Room, image: string): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  if (!peer.hasReady) throw new Unavailable("in this Lodge no machines stand ready");
  await warmTemplate(peer, image);
  const launch = (name: string) => peer.launch(name, image, "virtual-machine");
  const { round } = launching(
    peer,
    "ready",
    launch,
    () => requireFork(peer, "ready"),
    () => standReady(peer, image, 1),
  );
  return { peer, round: (watch) => peer.withTemplates(() => round(watch), 1) };
}

async function fromTemplate(room: Room, image: string): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  await warmTemplate(peer, image);
  const launch = (name: string) => peer.launch(name, image, "virtual-machine");
  const { round } = launching(peer, "warm", launch, () => requireFork(peer, "warm"));
  return { peer, round: (watch) => peer.withTemplates(() => round(watch)) };
}

async function fromRunning(room: Room, image: string): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  if (!peer.extensions.has("lodge_fork")) throw new Unavailable("this Lodge has no `lodge fork`");
  const source = `source-${image.replaceAll(/\W/g, "-")}`;
  await peer.image(image, "virtual-machine");
  await peer.launch(source, image, "virtual-machine");
  await peer.ready(source);
  const fork = async (name: string) => void (await (await peer.client.instances.fork(source, { name })).wait());
  return { ...launching(peer, "fork", fork), close: () => remove(peer, source) };
}

async function coldBoot(room: Room, image: string): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  await peer.image(image, "virtual-machine");
  return launching(peer, "cold", (name) => peer.launch(name, image, "virtual-machine"));
}

function launching(
  peer: LodgePeer,
  name: string,
  launch: (name: string) => Promise<void>,
  check: () => Promise<void> = async () => undefined,
  prepare: () => Promise<void> = async () => undefined,
): Contestant {
  return {
    peer,
    async round(watch) {
      await prepare();
      await watch.time(figure, async () => {
        const begun = performance.now();
        await launch(name);
        watch.note("of that, until Lodge says that it is done", performance.now() - begun, "ms");
        await peer.ready(name);
        await reply(peer, name);
      });
      watch.note("memory of one", proportionalSetSize(await peer.pid(name)) / 2 ** 20, "MiB");
      await check();
      await watch.time("a further answer", () => reply(peer, name));
      await remove(peer, name);
      await prepare();
      await watch.time("to the first answer at a terminal (ssh)", async () => {
        await launch(name);
        await peer.ready(name);
        await replyAtTerminal(peer, name);
      });
      await remove(peer, name);
    },
  };
}

async function bareBoot(room: Room, image: string): Promise<Contestant> {
  const peer = await room.peer(bareQemuPeer);
  const model = await machineModel(room, image);
  return {
    peer,
    async round(watch) {
      await using machines = new AsyncDisposableStack();
      await watch.time(figure, async () => {
        const machine = machines.use(await peer.start(model));
        await machine.firstReply();
      });
    },
  };
}

async function restored(room: Room, image: string): Promise<Contestant> {
  const peer = await room.peer(libvirtPeer);
  const saved = await peer.save(await machineModel(room, image));
  return {
    peer,
    async round(watch) {
      await saved.rewind();
      await watch.time(figure, async () => {
        await saved.restore();
        await saved.firstReply();
      });
      await saved.destroy();
    },
  };
}
