import { lodgePeer } from "../peers/lodge.ts";
import type { Contestant, Room, Scenario } from "../scenario.ts";

const figure = "launch to first reply";

export const vmLaunch: Scenario = {
  name: "vm-launch-tiny",
  title: "A virtual machine, from nothing to its first answer",
  about: "As with containers.",
  rounds: { quick: 3, full: 10 },
  entries: [{ name: "Lodge, cold boot", peer: "lodge", open: (room) => coldBoot(room, "tiny") }],
};

async function coldBoot(room: Room, image: string): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  await peer.image(image, "virtual-machine");
  return {
    peer,
    async round(watch) {
      await watch.time(figure, async () => {
        await peer.launch("v1", image, "virtual-machine");
        await peer.firstReply("v1");
      });
      await peer.remove("v1");
    },
  };
}
