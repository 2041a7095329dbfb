/**
 * Every process of a host is killed at random points of work on roots and snapshots, and the host boots: everything is before or after
 * what was being done. `LODGE_TEST_SEED` repeats a run's choices, `LODGE_TEST_CRASHES` makes it longer.
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "@lodge/sdk";
import { afterAll, beforeAll, test } from "vitest";
import { mustRun } from "../harness/command.ts";
import { rebootHost } from "../harness/host-reboot.ts";
import type { Lodge } from "../harness/lodge.ts";
import { randomNumbers } from "../harness/random-numbers.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { TwoStates } from "../harness/two-states.ts";

const crashes = Number(process.env["LODGE_TEST_CRASHES"]) || 2;
const seed = Number(process.env["LODGE_TEST_SEED"]) || Date.now() % 1_000_000;
const random = randomNumbers(seed);

let lodge: Lodge;
let states: TwoStates;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  const site = {
    client: lodge.client,
    pool: join(lodge.directory, "pools", "default"),
    must: (...args: string[]) => lodge.must(...args),
    onHost: (line: string) => mustRun("sh", ["-ec", line]),
  };
  states = new TwoStates(site, random);
  await states.prepare();
});
afterAll(() => lodge.stop());

test(`a host crashes ${crashes} times (seed ${seed})`, { timeout: 1_200_000 }, async () => {
  for (let crash = 1; crash <= crashes; crash++) {
    const client = connect({ socket: join(lodge.directory, "unix.socket") });
    const end = new AbortController();
    const loads = [1, 2, 3].map(() => states.load(client, end.signal));
    await delay(200 + random() * 1500);
    const next = rebootHost(lodge);
    end.abort();
    client.close();
    await Promise.all([next, ...loads]);
    await states.expectWhole(`crash ${crash}`);
  }
});
