/** What it is worth to move memory between instances. */
import { setTimeout as delay, setInterval as every } from "node:timers/promises";
import type { Curve } from "../measure/memory-curves.ts";
import { longestWait, violations } from "../measure/memory-curves.ts";
import type { Stopwatch } from "../measure/stopwatch.ts";
import type { Contestant, Room, Scenario } from "../scenario.ts";
import { budget, guarantee, limit, need, readRate, type Seat, SixInstances, workingSet } from "./six-instances.ts";

/** Milliseconds for which each has work. */
const turn = { quick: 6_000, full: 8_000 };
/** Milliseconds in which nobody has work yet. */
const calm = 5_000;
/** Milliseconds between two looks. */
const interval = 250;

/** How the six share the memory. */
interface Way {
  /** Bytes that each may have. */
  readonly limit: number;
  readonly governor: "on" | "off";
}

const figures = {
  work: "work done, all",
  wait: "from demand to memory, the longest",
  kills: "killed for want of memory",
  below: "looks that found less than a guarantee",
} as const;

const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;

export const movingLoad: Scenario = {
  name: "governor",
  title: "Memory that goes where the work is",
  about:
    `Three containers and three virtual machines of \`tiny\`, each with \`limits.memory\` of ${mebibytes(limit)} and a guarantee of ` +
    `${mebibytes(guarantee)}, on a budget of half of that together. One after the other has work for ${turn.full / 1000} s: it reads its own ` +
    `${mebibytes(workingSet)} of files in random order over and over, from a disk that gives ${mebibytes(readRate)} a second, so that what is not in its memory ` +
    "costs time and kills nobody. Work is what it has read. The governor is compared with a static split, in which each has its half and no " +
    "more, and with none, where all may have all that they like. The control group of all of them holds no more than the host has of which the " +
    "budget is 80 %: whoever takes more is killed by the kernel, and a killed instance does no work in what is left of the round. An instance " +
    "*waits* while it has work, stands at its bound, needs more and is given none; the figure is the longest such time of all. What a virtual machine " +
    "has is what of its guest's memory the host holds; what QEMU needs besides is no part of what it may have. " +
    "The last two figures are to be 0.",
  rounds: { quick: 0, full: 2, warmUp: 0 },
  claims: [
    { figure: figures.work, entry: "governor", than: "static split", atLeast: 1.5 },
    { figure: figures.wait, entry: "governor", atMost: 2 },
    { figure: figures.kills, entry: "governor", atMost: 0 },
    { figure: figures.below, entry: "governor", atMost: 0 },
  ],
  entries: [
    { name: "static split", peer: "lodge", open: (room) => open(room, { limit: limit / 2, governor: "off" }) },
    { name: "governor", peer: "lodge", open: (room) => open(room, { limit, governor: "on" }) },
    { name: "neither", peer: "lodge", open: (room) => open(room, { limit, governor: "off" }) },
  ],
};

async function open(room: Room, way: Way): Promise<Contestant> {
  const six = await room.once("six instances", () => SixInstances.launch(room));
  return {
    peer: six.peer,
    async round(watch) {
      await six.arrange(way.limit);
      try {
        await six.share({ budget, governor: way.governor });
        await delay(calm);
        await passTheLoad(six, { ...way, turn: room.quick ? turn.quick : turn.full }, watch);
      } finally {
        await six.share({ budget: undefined, governor: "off" });
      }
    },
    close: () => six.close(),
  };
}

async function passTheLoad(
  six: SixInstances,
  { limit: first, governor, turn: milliseconds }: Way & { readonly turn: number },
  watch: Stopwatch,
): Promise<void> {
  const recording = six.record(first, governor);
  const looking = new AbortController();
  const looks = (async () => {
    for await (const _ of every(interval, undefined, { signal: looking.signal })) recording.look();
  })().catch(() => undefined);
  const read = new Map<Seat, number>();
  for (const seat of six.seats) {
    const end = recording.begin(seat);
    read.set(seat, await six.work(seat, milliseconds));
    end();
  }
  looking.abort();
  await looks;
  const curves = await recording.curves();
  noteWork(read, watch);
  noteMemory(curves, governor, watch);
  const kills = await six.kills();
  watch.note(figures.kills, kills, "");
  watch.draw({ curves: curves.map(thinned), most: limit });
}

function noteWork(read: ReadonlyMap<Seat, number>, watch: Stopwatch): void {
  const of = (...types: readonly Seat["type"][]) =>
    [...read].reduce((sum, [{ type }, bytes]) => sum + (types.includes(type) ? bytes : 0), 0) / 2 ** 30;
  watch.note(figures.work, of("container", "virtual-machine"), "GiB");
  watch.note("work done, containers", of("container"), "GiB");
  watch.note("work done, virtual machines", of("virtual-machine"), "GiB");
}

function noteMemory(curves: readonly Curve[], governor: Way["governor"], watch: Stopwatch): void {
  const below = curves.reduce((sum, curve) => sum + violations(curve, guarantee), 0);
  if (governor === "on") {
    watch.note(figures.wait, Math.max(...curves.map((each) => longestWait(each, need))), "s");
  }
  watch.note(figures.below, below, "");
}

/** Half of the points are enough for a picture. */
const thinned = (curve: Curve): Curve => ({
  ...curve,
  points: curve.points.filter((_point, index) => index % 2 === 0),
});
