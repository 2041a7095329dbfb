import { Agent } from "node:http";
import { lengthOf } from "../measure/get.ts";
import { quantile } from "../measure/statistics.ts";
import type { Stopwatch } from "../measure/stopwatch.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { lxdPeer } from "../peers/lxd.ts";
import { type RestSystem, remove } from "../peers/rest-system.ts";
import type { Contestant, PeerKind, Room, Scenario } from "../scenario.ts";

const name = "asked";
const path = `/1.0/instances/${name}`;
const clients = 200;
/** One client's, one after the other. */
const requests = 5;

const oneRequest = "one request";
const crowded = `${clients} clients, ${clients * requests} requests`;
const heard = `an event to ${clients} listeners`;

export const apiClients: Scenario = {
  name: "api-clients",
  title: `${clients} clients of the API`,
  about:
    `One container is there. It is asked for (\`GET ${path}\`) by one client on a kept connection, then by ${clients} clients at once, each on ` +
    `a connection of its own, ${requests} times one after the other. Then ${clients} clients listen to the events of type \`lifecycle\` ` +
    "while the container's description is changed: the time is that from the request to the last listener's event.",
  rounds: { quick: 5, full: 20 },
  claims: [oneRequest, crowded, heard].map((figure) => ({ figure, entry: "Lodge", than: "LXD", atMost: 1 })),
  entries: [
    { name: "Lodge", peer: "lodge", open: (room) => open(room, lodgePeer) },
    { name: "LXD", peer: "lxd", open: (room) => open(room, lxdPeer) },
  ],
};

async function open(room: Room, kind: PeerKind<RestSystem>): Promise<Contestant> {
  const system = await room.peer(kind);
  await system.launch(name, await system.image("tiny", "container"), "container");
  const agent = new Agent({ keepAlive: true });
  return {
    peer: system,
    async round(watch) {
      await watch.time(oneRequest, () => lengthOf(agent, system.socket, path));
      await crowd(system, watch);
      await fanOut(system, watch);
    },
    async close() {
      agent.destroy();
      await remove(system, name);
    },
  };
}

async function crowd({ socket }: RestSystem, watch: Stopwatch): Promise<void> {
  const agents = Array.from({ length: clients }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const times: number[] = [];
  const client = async (agent: Agent) => {
    for (let count = 0; count < requests; count++) {
      const begun = performance.now();
      await lengthOf(agent, socket, path);
      times.push(performance.now() - begun);
    }
  };
  await watch.time(crowded, () => Promise.all(agents.map(client)));
  for (const agent of agents) agent.destroy();
  const sorted = times.toSorted((a, b) => a - b);
  watch.note("of those, one request, p50", quantile(sorted, 0.5), "ms");
  watch.note("of those, one request, p99", quantile(sorted, 0.99), "ms");
}

async function fanOut({ client }: RestSystem, watch: Stopwatch): Promise<void> {
  const { events, instances } = client;
  const streams = await Promise.all(Array.from({ length: clients }, () => events.open({ types: ["lifecycle"] })));
  try {
    const hearing = streams.map(async (stream) => {
      for await (const { type } of stream) if (type === "lifecycle") return;
    });
    const { value, etag } = await instances.getTagged(name);
    await watch.time(heard, async () => {
      const changed = instances.update(name, { ...value, description: `of ${Date.now()}` }, etag);
      await Promise.all([...hearing, changed.then((operation) => operation.wait())]);
    });
  } finally {
    for (const stream of streams) stream.close();
  }
}
