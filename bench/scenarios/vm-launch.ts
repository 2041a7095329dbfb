import { bareQemuPeer } from "../peers/bare-qemu.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { machineModel } from "../peers/machine-model.ts";
import { remove, reply } from "../peers/rest-system.ts";
import type { Contestant, Room, Scenario } from "../scenario.ts";

const figure = "launch to first answer";

export const vmLaunchTiny = vmLaunch("tiny", "vm-launch-tiny", { quick: 3, full: 10 });
export const vmLaunchDebian = vmLaunch("debian/12", "vm-launch-debian", { quick: 0, full: 5 });

function vmLaunch(image: string, name: string, rounds: Scenario["rounds"]): Scenario {
  return {
    name,
    title: `A virtual machine (\`${image}\`), from nothing to its first answer`,
    about:
      "A virtual machine of an image that is there already is made and started, and `echo` is run in its guest. QEMU alone has Lodge's " +
      "own command line, a fresh overlay of the same disk and no network, and its guest is asked by QEMU's guest agent.",
    rounds,
    entries: [
      { name: "Lodge, cold boot", peer: "lodge", open: (room) => coldBoot(room, image) },
      { name: "QEMU alone, cold boot", peer: "qemu", open: (room) => bareBoot(room, image) },
    ],
  };
}

async function coldBoot(room: Room, image: string): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  await peer.image(image, "virtual-machine");
  return {
    peer,
    round: (watch) =>
      peer.cold(async () => {
        await watch.time(figure, async () => {
          await peer.launch("cold", image, "virtual-machine");
          await peer.ready("cold");
          await reply(peer, "cold");
        });
        await remove(peer, "cold");
      }),
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
