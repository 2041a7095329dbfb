/** What neighbours cost each other. */
import { setTimeout as delay } from "node:timers/promises";
import type { Config, Devices } from "@lodge/api";
import type { Stopwatch } from "../measure/stopwatch.ts";
import { type LodgePeer, lodgePeer } from "../peers/lodge.ts";
import { remove, runIn } from "../peers/rest-system.ts";
import type { Contestant, Room, Scenario } from "../scenario.ts";

const image = "tiny";

/** Percentages of `limits.cpu.allowance`. */
const shares = [25, 50, 100] as const;
const allShares = shares.reduce((sum, share) => sum + share, 0);
/** Milliseconds for which they compete. */
const contest = { quick: 4_000, full: 15_000 };
/** Milliseconds until all of them have begun. */
const beginning = 1_000;

const deviation = "largest deviation from a share";

export const fairShares: Scenario = {
  name: "fairness-shares",
  title: "Shares of processors that all want",
  about:
    `Three containers of \`${image}\` with \`limits.cpu.allowance\` of ${shares.map((share) => `${share}%`).join(", ")} keep every processor ` +
    "busy, each with twice as many processes as there are processors. What each gets is its processor time over that of all three. The deviation is " +
    "that of the one that is furthest from its share of 1:2:4, in parts of that share.",
  rounds: { quick: 0, full: 5 },
  claims: [{ figure: deviation, entry: "Lodge, containers", atMost: 5 }],
  entries: [{ name: "Lodge, containers", peer: "lodge", open: openShares }],
};

async function openShares(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  await peer.image(image, "container");
  const names = shares.map((share) => `share-${share}`);
  for (const [index, name] of names.entries()) {
    await launch(peer, name, { "limits.cpu.allowance": `${shares[index]}%` });
  }
  const milliseconds = room.quick ? contest.quick : contest.full;
  return {
    peer,
    async round(watch) {
      const seconds = Math.ceil((milliseconds + beginning) / 1000) + 1;
      const busy = `for each in $(seq $(($(nproc) * 2))); do timeout ${seconds} sh -c 'while :; do :; done' & done; wait`;
      const running = names.map((name) => runIn(peer, name, "sh", "-c", `${busy}; true`));
      await delay(beginning);
      const before = await Promise.all(names.map((name) => used(peer, name)));
      await delay(milliseconds);
      const after = await Promise.all(names.map((name) => used(peer, name)));
      await Promise.all(running);
      const got = after.map((value, index) => value - (before[index] ?? 0));
      const all = got.reduce((sum, value) => sum + value, 0);
      const parts = got.map((value, index) => value / all / ((shares[index] ?? 0) / allShares));
      watch.note(deviation, Math.max(...parts.map((part) => Math.abs(part - 1))) * 100, "%");
      for (const [index, value] of got.entries()) {
        watch.note(`what ${shares[index]}% of ${allShares}% got`, (value / all) * 100, "%");
      }
    },
    close: () => removeAll(peer, names),
  };
}

async function used(peer: LodgePeer, name: string): Promise<number> {
  return (await peer.client.instances.state(name)).cpu.usage;
}

/** As somebody would set them for a tenant that nobody knows. */
const tenant = {
  "limits.cpu.allowance": "10ms/100ms",
  "limits.memory": "128MiB",
  "limits.memory.swap": "false",
  "limits.processes": "100",
} as const;

/** Of its root. */
const tenantDisk = { size: "256MiB", "limits.write": "16MiB" } as const;
const tenantSays = Object.entries({ ...tenant, ...tenantDisk })
  .map(([key, value]) => `\`${key}=${value}\``)
  .join(", ");

/** What does not end by itself is ended: seconds. */
const bombTime = 60;

/** Each bounded by time as well as by the limits. */
const bombs = [
  ["a fork bomb", `b() { b | b & }; while :; do b; sleep 1; done`],
  ["a memory bomb", `while :; do tail /dev/zero; done`],
  ["a disk bomb", `while :; do dd if=/dev/zero of=/root/bomb bs=1M conv=fsync; done`],
] as const;

/** What the neighbours do, in turn: seconds on an idle machine with one of them a processor. */
const cpuWork = (rounds: number) => `i=0; while [ $i -lt ${rounds} ]; do i=$((i+1)); done`;
const diskWork = (files: number) =>
  `for i in $(seq ${files}); do dd if=/dev/zero of=/root/work bs=256k count=16 conv=fsync 2>/dev/null; done`;

const works = ["counting", "writing"] as const;
const costOf = (bomb: string, what: string) => `throughput that ${bomb} costs, ${what}`;

export const bombsNextDoor: Scenario = {
  name: "fairness-bombs",
  title: "What a bomb next door costs",
  about:
    `Two containers of \`${image}\` count in a loop (on two processors) and then write and flush files, alone and beside a third in which a bomb goes off: ` +
    "one that forks without end, one that takes memory without end, one that fills its disk over and over. The third has limits as somebody " +
    `sets them for a tenant that nobody knows: ${tenantSays}. All are on one btrfs, which keeps a container to its size. The cost is how much ` +
    "longer the two take.",
  rounds: { quick: 0, full: 5 },
  claims: bombs.flatMap(([bomb]) =>
    works.map((what) => ({ figure: costOf(bomb, what), entry: "Lodge, containers", atMost: 10 })),
  ),
  entries: [{ name: "Lodge, containers", peer: "lodge", open: openBombs }],
};

async function openBombs(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  await peer.image(image, "container");
  const root = { type: "disk", path: "/", pool: await peer.pool("btrfs") };
  const neighbours = ["neighbour-1", "neighbour-2"];
  for (const name of neighbours) await launch(peer, name, {}, root);
  const work = [
    ["counting", cpuWork(room.quick ? 1_000_000 : 5_000_000)],
    ["writing", diskWork(room.quick ? 20 : 100)],
  ] as const;
  const doAll = (script: string) => Promise.all(neighbours.map((name) => runIn(peer, name, "sh", "-c", script)));
  return {
    peer,
    async round(watch) {
      const alone = new Map<string, number>();
      for (const [what, script] of work) alone.set(what, await timed(watch, `${what}, alone`, () => doAll(script)));
      for (const [bomb, line] of bombs) {
        await beside(peer, { line, root: { ...root, ...tenantDisk } }, async () => {
          for (const [what, script] of work) {
            const took = await timed(watch, `${what}, beside ${bomb}`, () => doAll(script));
            const cost = 1 - (alone.get(what) ?? took) / took;
            watch.note(costOf(bomb, what), cost * 100, "%");
          }
        });
      }
    },
    close: () => removeAll(peer, neighbours),
  };
}

/** While a bomb goes off, which is taken away with its container. */
async function beside(
  peer: LodgePeer,
  { line, root }: { readonly line: string; readonly root: Devices[string] },
  work: () => Promise<void>,
): Promise<void> {
  await launch(peer, "bomb", tenant, root);
  try {
    const session = await peer.client.instances.exec("bomb", { command: ["timeout", `${bombTime}`, "sh", "-c", line] });
    session.stdin.end();
    session.stdout.resume();
    session.stderr?.resume();
    session.exit.catch(() => undefined);
    await delay(beginning);
    await work();
  } finally {
    await remove(peer, "bomb");
  }
}

async function timed(watch: Stopwatch, figure: string, work: () => Promise<unknown>): Promise<number> {
  await watch.time(figure, work);
  return watch.samples.at(-1)?.milliseconds ?? 0;
}

async function launch(peer: LodgePeer, name: string, config: Config, root?: Devices[string]): Promise<void> {
  await peer.launch(name, image, "container", { config, ...(root && { devices: { root } }) });
  await peer.ready(name);
}

async function removeAll(peer: LodgePeer, names: readonly string[]): Promise<void> {
  for (const name of names) await remove(peer, name);
}
