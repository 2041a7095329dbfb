/**
 * The power of a host is cut while its lodged works on roots and snapshots, again and again: what its kernel had not written is lost.
 * `LODGE_TEST_SEED` repeats a run's choices, `LODGE_TEST_CUTS` makes it longer.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, test } from "vitest";
import { importCachedImage } from "../harness/image-cache.ts";
import type { Lodge } from "../harness/lodge.ts";
import { NestedLodge } from "../harness/nested-lodge.ts";
import { randomNumbers } from "../harness/random-numbers.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { TwoStates } from "../harness/two-states.ts";

const hour = 3_600_000;
const cuts = Number(process.env["LODGE_TEST_CUTS"]) || 3;
const seed = Number(process.env["LODGE_TEST_SEED"]) || Date.now() % 1_000_000;
const random = randomNumbers(seed);

let lodge: Lodge;
let nested: NestedLodge;
let states: TwoStates;
beforeAll(async () => {
  lodge = await startLodge();
  nested = await NestedLodge.start(lodge);
  await nested.client.server.setConfig({ "templates.enabled": "false" });
  await importCachedImage(nested.client, "tiny");
  states = new TwoStates(nested, random);
  await states.prepare();
}, hour);
afterAll(async () => {
  await nested?.[Symbol.asyncDispose]();
  await lodge.stop();
}, hour);

test(`the power is cut ${cuts} times (seed ${seed})`, { timeout: hour }, async () => {
  for (let cut = 1; cut <= cuts; cut++) {
    const client = nested.connect();
    const end = new AbortController();
    for (let count = 0; count < 3; count++) void states.load(client, end.signal);
    await delay(10_000 + random() * 20_000);
    const off = nested.cutPower();
    end.abort();
    client.close();
    await off;
    await states.expectWhole(`cut ${cut}`);
  }
});
