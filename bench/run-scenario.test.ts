import { expect, test } from "vitest";
import type { Stopwatch } from "./measure/stopwatch.ts";
import { runScenario } from "./run-scenario.ts";
import { type Entry, type Peer, type Room, Unavailable } from "./scenario.ts";

/** Notes what happens, in place of control groups and peers. */
class FakeBench {
  readonly log: string[] = [];
  readonly #peer = {
    group: { enter: () => this.log.push("enter"), read: () => ({ processor: 1, memory: 2 }) },
    versions: {},
  } as unknown as Peer;

  entry(name: string, round: (watch: Stopwatch) => Promise<void>): Entry {
    const open = async () => ({
      peer: this.#peer,
      round: (watch: Stopwatch) => {
        this.log.push(name);
        return round(watch);
      },
      close: async () => void this.log.push(`close ${name}`),
    });
    return { name, peer: name, open };
  }

  run(entries: readonly Entry[], signal = new AbortController().signal) {
    const scenario = { name: "s", title: "", about: "", rounds: { quick: 2, full: 9 }, entries };
    const room = { quick: true } as Room;
    return runScenario(scenario, { room, leave: () => this.log.push("leave"), say: () => undefined, signal });
  }
}

const step = (watch: Stopwatch) => watch.time("step", async () => undefined);

test("entries take turns in their peers' groups; warm-ups do not count", async () => {
  const bench = new FakeBench();
  const records = await bench.run([bench.entry("A", step), bench.entry("B", step)]);
  const turn = (name: string) => ["enter", name, "leave"];
  expect(bench.log).toEqual(["A", "B", "A", "B", "A", "B"].flatMap(turn).concat("close A", "close B"));
  expect(records).toMatchObject([
    { kind: "entry", entry: "A", figure: "step", samples: [{ round: 0, processor: 0, memory: 2 }, { round: 1 }] },
    { kind: "entry", entry: "B", figure: "step", samples: [{ round: 0 }, { round: 1 }] },
  ]);
});

test("figures stand together, notes after the times", async () => {
  const bench = new FakeBench();
  const both = async (watch: Stopwatch) => {
    await step(watch);
    await watch.time("other", async () => undefined);
    watch.note("PSS", 7, "MiB");
  };
  const records = await bench.run([bench.entry("A", both), bench.entry("B", both)]);
  const told = records.map((record) => ("figure" in record ? `${record.figure} ${record.entry}` : record.kind));
  expect(told).toEqual(["step A", "step B", "other A", "other B", "PSS A", "PSS B"]);
});

test("whoever fails is named, keeps what it measured and takes no further turn", async () => {
  const bench = new FakeBench();
  let turns = 0;
  const failing = async (watch: Stopwatch) => {
    if (++turns === 3) throw new Error("out of space.\nat line 1");
    await step(watch);
  };
  const records = await bench.run([bench.entry("A", failing), bench.entry("B", step)]);
  expect(records).toMatchObject([
    { entry: "A", samples: [{ round: 0 }] },
    { entry: "B", samples: [{ round: 0 }, { round: 1 }] },
    { kind: "missing", entry: "A", failed: true, reason: "out of space. at line 1" },
  ]);
});

test("what cannot be had here is skipped with its reason", async () => {
  const bench = new FakeBench();
  const absent = { name: "C", peer: "c", open: () => Promise.reject(new Unavailable("C is not installed")) };
  const records = await bench.run([absent, bench.entry("A", step)]);
  expect(records).toMatchObject([
    { kind: "entry", entry: "A" },
    { kind: "missing", entry: "C", failed: false, reason: "C is not installed" },
  ]);
});

test("an interrupted run takes everything down", async () => {
  const bench = new FakeBench();
  const end = new AbortController();
  const records = await bench.run([bench.entry("A", async () => end.abort()), bench.entry("B", step)], end.signal);
  expect(bench.log).toEqual(["enter", "A", "leave", "close A", "close B"]);
  expect(records).toEqual([]);
});
