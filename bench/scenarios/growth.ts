import { inParallel } from "../../packages/core/src/in-parallel.ts";
import { growthOf, type Point } from "../measure/growth.ts";
import { proportionalSetSize } from "../measure/memory.ts";
import { summarise } from "../measure/statistics.ts";
import type { Stopwatch } from "../measure/stopwatch.ts";
import { type LodgePeer, lodgePeer } from "../peers/lodge.ts";
import { remove, reply } from "../peers/rest-system.ts";
import type { Contestant, Room, Scenario } from "../scenario.ts";

const image = "tiny";
const full = [1, 10, 100, 300];
const small = [1, 10, 50];
/** Launches and removals at the same time. */
const atOnce = 4;
/** How often each thing is done at each size. */
const times = 5;

export const growth: Scenario = {
  name: "growth",
  title: "What each further container costs",
  about:
    `A container is launched, asked, listed with all others and deleted while ${full.join(", ")} others run (${small.join(", ")} in a quick run), each ` +
    `${times} times. A straight line through the medians says what a thing costs by itself and what each container that is there adds to it. The ` +
    "same for the daemon's memory (proportional set size).",
  rounds: { quick: 0, full: 2, warmUp: 0 },
  entries: [{ name: "Lodge", peer: "lodge", open }],
};

async function open(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  await peer.makeRoom();
  const alias = await peer.image(image, "container");
  const counts = room.quick ? small : full;
  const names = Array.from({ length: Math.max(...counts) }, (_none, index) => `there-${index + 1}`);
  return {
    peer,
    async round(watch) {
      const found = new Map<string, Point[]>();
      let there = 0;
      for (const count of counts) {
        await inParallel(names.slice(there, count), atOnce, (name) => peer.launch(name, alias, "container"));
        there = count;
        for (const [what, cost] of await costs(peer, alias)) {
          watch.note(`${what}, beside ${count}`, cost, unitOf(what));
          found.set(what, [...(found.get(what) ?? []), { count, cost }]);
        }
      }
      noteLines(watch, found);
      await inParallel(names.slice(0, there), atOnce, (name) => remove(peer, name));
    },
  };
}

/** Medians, by what was done. */
async function costs(peer: LodgePeer, alias: string): Promise<Map<string, number>> {
  const steps = {
    launch: () => peer.launch("one", alias, "container"),
    "a command": () => reply(peer, "one"),
    "a list": () => peer.client.instances.list(),
    "stop and delete": () => remove(peer, "one"),
  };
  const spent = new Map<string, number[]>();
  for (let time = 0; time < times; time++) {
    for (const [what, step] of Object.entries(steps)) {
      const begun = performance.now();
      await step();
      spent.set(what, [...(spent.get(what) ?? []), performance.now() - begun]);
    }
  }
  const medians = [...spent].map(([what, values]) => [what, summarise(values).median] as const);
  return new Map([...medians, [memory, proportionalSetSize(peer.lodge.pid) / 2 ** 20]]);
}

const memory = "memory of the daemon";
const unitOf = (what: string) => (what === memory ? "MiB" : "ms");

function noteLines(watch: Stopwatch, found: ReadonlyMap<string, readonly Point[]>): void {
  for (const [what, points] of found) {
    const { first, each } = growthOf(points);
    watch.note(`${what}, by itself`, first, unitOf(what));
    watch.note(`${what}, for each container`, each * (what === memory ? 1024 : 1000), what === memory ? "KiB" : "µs");
  }
}
