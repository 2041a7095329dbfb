/** How many instances one host holds, and what each costs the daemon. */
import { readFileSync } from "node:fs";
import { freemem } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { InstanceType } from "@lodge/api";
import { inParallel } from "../../packages/core/src/in-parallel.ts";
import { proportionalSetSize } from "../measure/memory.ts";
import { scrape } from "../measure/scrape.ts";
import { quantile } from "../measure/statistics.ts";
import type { Stopwatch } from "../measure/stopwatch.ts";
import { type LodgePeer, lodgePeer } from "../peers/lodge.ts";
import { remove, reply } from "../peers/rest-system.ts";
import { requireFork, warmTemplate } from "../peers/warm-template.ts";
import type { Contestant, Room, Scenario } from "../scenario.ts";

const image = "tiny";

/** How far it goes when nothing stops it before. */
interface Goal {
  readonly step: number;
  readonly most: number;
}

const containers: Goal = { step: 100, most: 600 };
const machines: Goal = { step: 10, most: 120 };
const small: Goal = { step: 20, most: 40 };

/** An instance shall answer a command within this, 19 times of 20. Milliseconds. */
const bound = 1000;
/** Of the host's memory. Less, and it is not the instances that are measured. */
const leastMemory = 3 * 2 ** 30;
/** Launches, and removals, at the same time. */
const atOnce = 4;
/** Instances that are asked at each step. */
const asked = 40;
/** Milliseconds for which the daemon is watched while nothing happens. */
const idle = 25_000;
/** The daemon is watched also when so many are there. */
const watched = 300;
/** The metrics are scraped when so many are there, so often. */
const scraped = { instances: 200, times: 20 };
/** Milliseconds from one scrape to the next: what the one before has found out is not to be had again for nothing. */
const betweenScrapes = 2_500;

const figures = {
  held: "instances",
  each: "the daemon's memory for each more",
  idle: (instances: number) => `the daemon's processor, ${instances} idle instances`,
  scrape: (instances: number) => `a scrape of ${instances} instances, the median`,
};

const about = (what: string, { step }: Goal) =>
  `Instances of \`${image}\` are launched, ${step} ${what} at a time, until \`echo\` in one of ${asked} of them, asked one after the ` +
  `other, each for the second time, takes longer than ${bound} ms in one of twenty cases, or less than 3 GiB of the host's memory are left. They do nothing, as most ` +
  "instances do most of the time. What the daemon takes for each is the growth of its proportional set size from the first " +
  `step to the last; what it costs to have them is its processor time over ${idle / 1000} s in which nobody asks for anything. Its metrics are ` +
  `scraped ${scraped.times} times, ${betweenScrapes / 1000} s apart.`;
/** A warm-up would fill the host for nothing. */
const rounds = { quick: 0, full: 1, warmUp: 0 };

export const densityScenarios: readonly Scenario[] = [
  {
    ...{ name: "density-containers", title: "How many containers one host holds", rounds },
    about: about("containers", containers),
    claims: [
      { figure: figures.held, entry: "Lodge", atLeast: watched },
      { figure: figures.each, entry: "Lodge", atMost: 150 },
      { figure: figures.idle(watched), entry: "Lodge", atMost: 3 },
      { figure: figures.scrape(scraped.instances), entry: "Lodge", atMost: 100 },
    ],
    entries: [{ name: "Lodge", peer: "lodge", open: (room) => open(room, "container", containers) }],
  },
  {
    ...{ name: "density-machines", title: "How many virtual machines one host holds", rounds },
    about: about("virtual machines, forks of a warm template,", machines),
    entries: [{ name: "Lodge", peer: "lodge", open: (room) => open(room, "virtual-machine", machines) }],
  },
];

async function open(room: Room, type: InstanceType, full: Goal): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  await peer.image(image, type);
  await peer.makeRoom();
  if (type === "virtual-machine") await warmTemplate(peer, image);
  const goal = room.quick ? small : full;
  return {
    peer,
    async round(watch) {
      const work = () => fill(peer, type, goal, watch);
      await (type === "virtual-machine" ? peer.withTemplates(work) : work());
    },
  };
}

async function fill(peer: LodgePeer, type: InstanceType, { step, most }: Goal, watch: Stopwatch): Promise<void> {
  const names: string[] = [];
  const pid = Number(readFileSync(join(peer.lodge.directory, "lodged.pid"), "utf8"));
  let [held, slowest, atFirst] = [0, 0, 0];
  try {
    while (names.length < most && freemem() > leastMemory) {
      const more = Array.from({ length: step }, (_none, index) => `dense-${names.length + index + 1}`);
      names.push(...more);
      await launchAll(peer, type, more);
      const answer = await answersWithin(peer, names);
      if (answer > bound) break;
      [held, slowest] = [names.length, answer];
      if (held === step) atFirst = await settledMemory(pid);
      if (held === scraped.instances) await noteScrapes(peer, held, watch);
      if (held === watched) await noteIdle(pid, held, watch);
    }
    if (held === 0) throw new Error(`already the first ${step} answer in more than ${bound} ms`);
    watch.note(figures.held, held, "");
    watch.note("a command's answer, 95 of 100", slowest, "ms");
    const atLast = await settledMemory(pid);
    if (held !== watched) await noteIdle(pid, held, watch);
    if (held < scraped.instances) await noteScrapes(peer, held, watch);
    watch.note("the daemon's memory", atLast / 2 ** 20, "MiB");
    const added = names.length - step;
    if (added > 0) watch.note(figures.each, (atLast - atFirst) / added / 1024, "KiB");
    watch.note("the host's memory for each", peer.group.read().memory / names.length / 2 ** 20, "MiB");
  } finally {
    await inParallel(names, atOnce, (name) => remove(peer, name).catch(() => undefined));
  }
}

/** What the daemon costs while nothing happens. */
async function noteIdle(pid: number, instances: number, watch: Stopwatch): Promise<void> {
  watch.note(figures.idle(instances), (await busyShare(pid)) * 100, "% of one");
}

async function noteScrapes(peer: LodgePeer, instances: number, watch: Stopwatch): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < scraped.times; i++) {
    await delay(betweenScrapes);
    times.push(await scrape(peer.socket));
  }
  times.sort((a, b) => a - b);
  watch.note(figures.scrape(instances), quantile(times, 0.5), "ms");
  watch.note(`a scrape of ${instances} instances, 95 of 100`, quantile(times, 0.95), "ms");
}

async function launchAll(peer: LodgePeer, type: InstanceType, names: readonly string[]): Promise<void> {
  await inParallel(names, atOnce, async (name) => {
    await peer.launch(name, image, type);
    if (type === "virtual-machine") await requireFork(peer, name);
  });
}

/** Milliseconds within which 95 of 100 answer; those that are asked lie evenly among all. */
async function answersWithin(peer: LodgePeer, names: readonly string[]): Promise<number> {
  const some = names.filter(
    (_name, index) => Math.floor((index * asked) / names.length) !== Math.floor(((index - 1) * asked) / names.length),
  );
  const times: number[] = [];
  for (const name of some) {
    await peer.ready(name);
    // A machine's first makes the connection that all others use.
    await reply(peer, name);
    const begun = performance.now();
    await reply(peer, name);
    times.push(performance.now() - begun);
  }
  return quantile(
    times.sort((a, b) => a - b),
    0.95,
  );
}

/** Bytes of the daemon, once it has given back what the launches left. */
async function settledMemory(pid: number): Promise<number> {
  await delay(idle);
  return proportionalSetSize(pid);
}

/** Of one processor, that a process uses. */
async function busyShare(pid: number): Promise<number> {
  const before = processorSeconds(pid);
  await delay(idle);
  return ((processorSeconds(pid) - before) * 1000) / idle;
}

/** The kernel counts in hundredths of a second. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
