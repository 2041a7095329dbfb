import type { Config } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { done, setUp, web } from "../instances/testing/fake-host.ts";
import { dueOfInstances, watchSchedules } from "./schedule.ts";

/** A Thursday, half a minute before three o'clock. */
const begin = new Date(2026, 10, 26, 2, 59, 30);

/** Lets the watch see the times, one after the other, and returns the names of the snapshots that there are in the end. */
async function snapshotsAfter(config: Config, times: readonly Date[], { start = true } = {}) {
  const world = await setUp();
  await done(world.instances.create("default", web({ config, start })));
  const serving = new AbortController();
  world.host.time = begin;
  const left = [...times];
  const waits: number[] = [];
  const wait = async (milliseconds: number) => {
    waits.push(milliseconds);
    const next = left.shift();
    if (next) world.host.time = next;
    else serving.abort();
  };
  await watchSchedules(
    { ...world.deps, wait },
    [dueOfInstances(world.deps.store, world.runs, world.snapshots)],
    serving.signal,
  );
  await world.deps.operations.idle();
  const all = await world.snapshots.list("default", "web");
  return { all, names: all.map(({ name }) => name), waits };
}

const at = (hours: number, minutes: number, seconds = 0) => new Date(2026, 10, 26, hours, minutes, seconds);

describe("scheduled snapshots", () => {
  it("are made once in each minute that is due", async () => {
    const times = [at(3, 0), at(3, 0, 30), at(3, 1), at(4, 0, 59)];
    const { names, waits } = await snapshotsAfter({ "snapshots.schedule": "@hourly" }, times);
    expect(names).toEqual(["snap0", "snap1"]);
    expect(waits[0]).toBe(30_000);
  });

  it("are not made up for, nor made twice when the clock is set back", async () => {
    const { names } = await snapshotsAfter({ "snapshots.schedule": "0 3 * * *" }, [at(3, 1), at(3, 0), at(3, 2)]);
    expect(names).toEqual([]);
  });

  it("are not made in the minute in which the daemon starts", async () => {
    const { names } = await snapshotsAfter({ "snapshots.schedule": "59 2 * * *" }, [at(2, 59, 59)]);
    expect(names).toEqual([]);
  });

  it.each([
    [{}, []],
    [{ "snapshots.schedule.stopped": "true" }, ["snap0"]],
    [{ "snapshots.schedule.stopped": "false" }, []],
  ])("of a stopped instance with %j: %j", async (more, expected) => {
    const config = { "snapshots.schedule": "@hourly", ...more };
    expect((await snapshotsAfter(config, [at(3, 0)], { start: false })).names).toEqual(expected);
  });

  it("have the instance's pattern and expiry", async () => {
    const config = {
      "snapshots.schedule": "@hourly",
      "snapshots.pattern": "auto-{{ creation_date|date:'15' }}",
      "snapshots.expiry": "1d",
    };
    const { all } = await snapshotsAfter(config, [at(3, 0)]);
    expect(all).toMatchObject([{ name: "auto-03", expires_at: new Date(2026, 10, 27, 3, 0).toISOString() }]);
  });
});
