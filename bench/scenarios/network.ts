import { until } from "../../test/harness/until.ts";
import { addresses, bareVethPeer } from "../peers/bare-veth.ts";
import { dockerPeer } from "../peers/docker.ts";
import { requireFetched, runFetched } from "../peers/fetched.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { remove } from "../peers/rest-system.ts";
import type { Contestant, Peer, Room, Scenario } from "../scenario.ts";

const image = "tiny";
const gibibytes = 4;
const pings = 20_000;
const bulk = `${gibibytes} GiB by TCP`;
const small = `${pings.toLocaleString("en")} round trips`;
const figures = ["container to container", "host to container"].flatMap((way) => [
  `${bulk}, ${way}`,
  `${small}, ${way}`,
]);

export const network: Scenario = {
  name: "network",
  title: "The network between containers, and from the host",
  about:
    `${gibibytes} GiB are sent by TCP (\`iperf3\`), and ${pings.toLocaleString("en")} small packets are sent and answered one after the other ` +
    "(`ping -f`): from one container to another over the manager's bridge, and from the host to a container. The programs are the host's, " +
    "in the network namespaces of the containers, for all peers the same. The floor are two namespaces with a pair of virtual cards " +
    "between them, without a bridge and without filters.",
  rounds: { quick: 2, full: 7 },
  claims: [
    ...figures.map((figure) => ({ figure, entry: "Lodge", than: "Docker", atMost: 1 / 0.95 })),
    ...figures.slice(0, 2).map((figure) => ({ figure, entry: "Lodge", than: "a pair of cards", atMost: 1 / 0.95 })),
  ],
  entries: [
    { name: "Lodge", peer: "lodge", open: lodge },
    { name: "Docker", peer: "docker", open: docker },
    { name: "a pair of cards", peer: "veth", open: veth },
  ],
};

/** Runs a program of the host's at one place of a network. */
type Place = (file: string, ...args: readonly string[]) => Promise<string>;

interface Ends {
  readonly from: { readonly way: string; readonly place: Place }[];
  readonly to: { readonly address: string; readonly place: Place };
}

async function lodge(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  const names = ["sender", "receiver"] as const;
  for (const name of names) await peer.launch(name, await peer.image(image, "container"), "container");
  const [sender, receiver] = await Promise.all(
    names.map(async (name) => within(`/proc/${await peer.pid(name)}/ns/net`)),
  );
  const host = within(`/run/netns/${peer.lodge.network?.name}`);
  const ends = {
    from: [
      { way: "container to container", place: sender ?? host },
      { way: "host to container", place: host },
    ],
    to: { address: await peer.lodge.ipv4("receiver"), place: receiver ?? host },
  };
  return {
    ...sending(peer, ends),
    close: async () => void (await Promise.all(names.map((name) => remove(peer, name)))),
  };
}

async function docker(room: Room): Promise<Contestant> {
  const peer = await room.peer(dockerPeer);
  const names = ["sender", "receiver"] as const;
  for (const name of names) await peer.launch(name);
  const inspect = (name: string, what: string) => peer.docker("inspect", "--format", `{{${what}}}`, name);
  const inside = async (name: string): Promise<Place> => {
    // As the sandbox counts processes; its /usr has the peers' packages.
    const enter = ["--target", await inspect(name, ".State.Pid"), "--net", "--"];
    return (file, ...args) => peer.sandbox.must("nsenter", ...enter, file, ...args);
  };
  const ends = {
    from: [
      { way: "container to container", place: await inside("sender") },
      {
        way: "host to container",
        place: (file: string, ...args: readonly string[]) => peer.sandbox.must(file, ...args),
      },
    ],
    to: { address: await inspect("receiver", ".NetworkSettings.IPAddress"), place: await inside("receiver") },
  };
  return {
    ...sending(peer, ends),
    close: async () => void (await Promise.all(names.map((name) => peer.remove(name)))),
  };
}

async function veth(room: Room): Promise<Contestant> {
  const peer = await room.peer(bareVethPeer);
  const [first, second] = peer.ends.map(({ name }) => within(`/run/netns/${name}`));
  if (!first || !second) throw new Error("there are no two ends");
  const from = [{ way: "container to container", place: first }];
  return sending(peer, { from, to: { address: addresses[1], place: second } });
}

function within(namespace: string): Place {
  return (file, ...args) => runFetched(["nsenter", `--net=${namespace}`, "--"], file, ...args);
}

function sending(peer: Peer, { from, to }: Ends): Contestant {
  requireFetched("iperf3");
  return {
    peer,
    async round(watch) {
      for (const { way, place } of from) {
        const served = to.place("iperf3", "--server", "--one-off");
        await until("iperf3 listens", 10_000, () => listens(to.place));
        await watch.time(`${bulk}, ${way}`, () => place("iperf3", "--client", to.address, "--bytes", `${gibibytes}G`));
        await served;
        await watch.time(`${small}, ${way}`, () => place("ping", "-q", "-f", "-c", `${pings}`, to.address));
      }
    },
  };
}

async function listens(place: Place): Promise<boolean> {
  return (await place("ss", "--listening", "--tcp", "--numeric")).includes(":5201");
}
