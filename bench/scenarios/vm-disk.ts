import { diskJobs, fioArguments } from "../measure/fio.ts";
import type { Stopwatch } from "../measure/stopwatch.ts";
import { bareQemuPeer } from "../peers/bare-qemu.ts";
import { guestTools, toolCommand, toolsDisk } from "../peers/guest-tools.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { machineModel } from "../peers/machine-model.ts";
import { remove, runIn } from "../peers/rest-system.ts";
import type { Contestant, Room, Scenario } from "../scenario.ts";

const image = "tiny";
const file = "/var/bench.fio";
/** Guests may be emulated. */
const full = { file: 256, random: 16 };
const small = { file: 64, random: 4 };

/** Runs a command in a guest. */
type Run = (...command: string[]) => Promise<unknown>;

export const vmDisk: Scenario = {
  name: "vm-disk",
  title: "The disk of a virtual machine",
  about:
    `In a virtual machine of \`${image}\` a file of ${full.file} MiB is written and read from its beginning to its end by 1 MiB, then ` +
    `${full.random} MiB of it by 4 KiB at random places (${small.file} and ${small.random} MiB in a quick run), past the guest's cache of files ` +
    "(`fio`, O_DIRECT). QEMU alone has Lodge's own command line and a fresh overlay of the same disk; its guest is asked by QEMU's guest agent.",
  rounds: { quick: 2, full: 7 },
  claims: diskJobs.map(({ figure }) => ({ figure, entry: "Lodge", than: "QEMU alone", atMost: 1 / 0.95 })),
  entries: [
    { name: "Lodge", peer: "lodge", open: lodge },
    { name: "QEMU alone", peer: "qemu", open: bare },
  ],
};

async function lodge(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  const name = "vm-disk";
  const tools = { type: "disk", source: await guestTools(room), readonly: "true" };
  const alias = await peer.image(image, "virtual-machine");
  await peer.launch(name, alias, "virtual-machine", { devices: { tools } });
  await peer.ready(name);
  const run: Run = (...command) => runIn(peer, name, ...command);
  return { peer, round: (watch) => work(room, watch, run), close: () => remove(peer, name) };
}

async function bare(room: Room): Promise<Contestant> {
  const peer = await room.peer(bareQemuPeer);
  const model = await machineModel(room, image);
  const machine = await peer.start(model, { more: toolsDisk(await guestTools(room)) });
  await machine.firstReply();
  const run: Run = (...command) => machine.run(...command);
  return { peer, round: (watch) => work(room, watch, run), close: () => machine[Symbol.asyncDispose]() };
}

async function work({ quick }: Room, watch: Stopwatch, run: Run): Promise<void> {
  for (const job of diskJobs) {
    const command = toolCommand("fio", ...fioArguments(job, file, quick ? small : full));
    await watch.time(job.figure, () => run(...command));
  }
  await run("rm", file);
}
