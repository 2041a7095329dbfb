import { mustRun } from "../../test/harness/command.ts";
import { HostNetwork } from "../../test/harness/host-network.ts";
import { until } from "../../test/harness/until.ts";
import { bareQemuPeer } from "../peers/bare-qemu.ts";
import { requireFetched, runFetched } from "../peers/fetched.ts";
import { guestTools, toolCommand, toolsDisk } from "../peers/guest-tools.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { machineModel } from "../peers/machine-model.ts";
import { remove, runIn } from "../peers/rest-system.ts";
import type { Contestant, Peer, Room, Scenario } from "../scenario.ts";

const image = "tiny";
const mebibytes = { quick: 128, full: 512 };
const pings = { quick: 500, full: 3_000 };
const figures = {
  from: `${mebibytes.full} MiB by TCP, virtual machine to container`,
  to: `${mebibytes.full} MiB by TCP, container to virtual machine`,
  small: `${pings.full.toLocaleString("en")} round trips`,
};

export const vmNetwork: Scenario = {
  name: "vm-network",
  title: "The network between a virtual machine and a container",
  about:
    `${mebibytes.full} MiB are sent by TCP (\`iperf3\`) from a virtual machine of \`${image}\` to a container, and back, and ` +
    `${pings.full.toLocaleString("en")} small packets are sent to the machine and answered one after the other (\`ping -f\`); a quick run sends ` +
    `${mebibytes.quick} MiB and ${pings.quick} packets. Lodge has both on its bridge, with its filters. The floor is QEMU alone with Lodge's own ` +
    "command line, whose tap lies in the other end's network namespace: no bridge, no filter, one hop less.",
  rounds: { quick: 2, full: 7 },
  claims: Object.values(figures).map((figure) => ({
    ...{ figure, entry: "Lodge", than: "QEMU alone, a tap", atMost: 1 / 0.95 },
  })),
  entries: [
    { name: "Lodge", peer: "lodge", open: lodge },
    { name: "QEMU alone, a tap", peer: "qemu", open: bare },
  ],
};

/** A running machine and the end that is none. */
interface Ends {
  /** Runs a program in the guest. */
  readonly guest: (...command: string[]) => Promise<unknown>;
  /** Runs a program of the host's at the other end. */
  readonly other: (file: string, ...args: readonly string[]) => Promise<string>;
  readonly addresses: { readonly guest: string; readonly other: string };
}

async function lodge(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  const names = { machine: "vm-sender", container: "vm-receiver" };
  const tools = { type: "disk", source: await guestTools(room), readonly: "true" };
  await peer.launch(names.machine, await peer.image(image, "virtual-machine"), "virtual-machine", {
    devices: { tools },
  });
  await peer.ready(names.machine);
  await peer.launch(names.container, await peer.image(image, "container"), "container");
  const network = `/proc/${await peer.pid(names.container)}/ns/net`;
  const ends: Ends = {
    guest: (...command) => runIn(peer, names.machine, ...command),
    other: (file, ...args) => runFetched(["nsenter", `--net=${network}`, "--"], file, ...args),
    addresses: { guest: await peer.lodge.ipv4(names.machine), other: await peer.lodge.ipv4(names.container) },
  };
  const close = async () => {
    for (const name of Object.values(names)) await remove(peer, name);
  };
  return { ...sending(peer, room, ends), close };
}

async function bare(room: Room): Promise<Contestant> {
  const peer = await room.peer(bareQemuPeer);
  const model = await machineModel(room, image);
  const tap = { network: await HostNetwork.create(), name: "guest" };
  const ip = (...args: string[]) => mustRun("ip", ["-n", tap.network.name, ...args]);
  const [other, guest] = ["10.79.0.1", "10.79.0.2"];
  await ip("tuntap", "add", "dev", tap.name, "mode", "tap", "vnet_hdr");
  await ip("address", "add", `${other}/24`, "dev", tap.name);
  await ip("link", "set", tap.name, "up");
  const machine = await peer.start(model, { more: toolsDisk(await guestTools(room)), tap });
  await machine.firstReply();
  await machine.run("/bin/sh", "-c", `ip address add ${guest}/24 dev eth0 && ip link set eth0 up`);
  const ends: Ends = {
    guest: (...command) => machine.run(...command),
    other: (file, ...args) => runFetched([...tap.network.inside, "--"], file, ...args),
    addresses: { guest, other },
  };
  const close = async () => {
    await machine[Symbol.asyncDispose]();
    await tap.network.remove();
  };
  return { ...sending(peer, room, ends), close };
}

function sending(peer: Peer, { quick }: Room, { guest, other, addresses }: Ends): Contestant {
  requireFetched("iperf3");
  const size = quick ? "quick" : "full";
  return {
    peer,
    async round(watch) {
      for (const [figure, direction] of [
        [figures.from, "sum_received"],
        [figures.to, "sum_sent"],
      ] as const) {
        // By the clock of the end that is no guest: a guest's own may stand still, and its program has to be started.
        const served = other("iperf3", "--server", "--one-off", "--json");
        await until("iperf3 listens", 10_000, async () =>
          (await other("ss", "--listening", "--tcp", "--numeric")).includes(":5201"),
        );
        const client = ["--client", addresses.other, "--bytes", `${mebibytes[size]}M`];
        await guest(...toolCommand("iperf3", ...client, ...(direction === "sum_sent" ? ["--reverse"] : [])));
        const { end } = JSON.parse(await served) as { end: Record<typeof direction, { seconds: number }> };
        watch.note(figure, end[direction].seconds * 1000, "ms");
      }
      await watch.time(figures.small, () => other("ping", "-q", "-f", "-c", `${pings[size]}`, addresses.guest));
    },
  };
}
