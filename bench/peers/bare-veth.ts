/** Two network namespaces with a pair of virtual cards between them and nothing else: what a network costs at least. */
import { mustRun } from "../../test/harness/command.ts";
import { HostNetwork } from "../../test/harness/host-network.ts";
import type { ControlGroup } from "../measure/control-groups.ts";
import type { Peer, PeerKind, Room } from "../scenario.ts";

export const addresses = ["10.79.0.1", "10.79.0.2"] as const;

export class BareVethPeer implements Peer {
  readonly group: ControlGroup;
  readonly versions = {};
  /** Each has the address of the same place in `addresses`. */
  readonly ends: readonly [HostNetwork, HostNetwork];

  constructor(group: ControlGroup, ends: readonly [HostNetwork, HostNetwork]) {
    this.group = group;
    this.ends = ends;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.ends) await end.remove();
  }
}

export const bareVethPeer: PeerKind<BareVethPeer> = {
  name: "veth",
  async start(room: Room) {
    const ends = [await HostNetwork.create(), await HostNetwork.create()] as const;
    const [first, second] = ends;
    await mustRun("ip", ["-n", first.name, "link", "add", "end", "type", "veth", "peer", "end", "netns", second.name]);
    for (const [index, { name }] of ends.entries()) {
      await mustRun("ip", ["-n", name, "address", "add", `${addresses[index]}/24`, "dev", "end"]);
      await mustRun("ip", ["-n", name, "link", "set", "end", "up"]);
    }
    return new BareVethPeer(room.group("veth"), ends);
  },
};
