import { expect, it } from "vitest";
import { done, setUp, web } from "../instances/testing/fake-host.ts";
import type { ChainLength, Compaction } from "../storage/snapshots.ts";
import { watchChains } from "./chains.ts";

/** Looks so often at a host with one VM whose chain is such, one after the other. */
async function watched(chains: (ChainLength | Error)[], compact: Compaction["compact"] = async () => true) {
  const world = await setUp();
  const { host, instances, deps, runs } = world;
  await done(instances.create("default", web({ name: "db", type: "virtual-machine", source: { type: "none" } })));
  const asked: string[] = [];
  const compacted: string[] = [];
  Object.assign(host.pool.snapshots, {
    chain: async (id: string) => {
      asked.push(id);
      const next = chains.shift();
      if (next instanceof Error) throw next;
      return next;
    },
    compact: async (...args: Parameters<Compaction["compact"]>) => {
      compacted.push(args[0]);
      return compact(...args);
    },
  });
  const end = new AbortController();
  const wait = async () => {
    if (chains.length === 0) end.abort();
  };
  await watchChains({ ...deps, wait }, runs, end.signal);
  const vm = (await host.store.instances.list()).find(({ name }) => name === "db");
  return { asked, compacted, vm: vm?.id, operations: deps.operations.list() };
}

it("makes a chain short that has grown too long, and leaves others alone", async () => {
  const { asked, compacted, vm, operations } = await watched([
    { layers: 33, most: 32, due: false },
    { layers: 33, most: 32, due: true },
    { layers: 5, most: 32, due: false },
  ]);
  expect(asked).toEqual([vm, vm, vm]);
  expect(compacted).toEqual([vm]);
  expect(operations.find(({ description }) => description.startsWith("Merging"))).toMatchObject({
    status: "Success",
  });
});

it("goes on when it made way for something else", async () => {
  const answers = [false, true];
  const { compacted } = await watched([{ layers: 33, most: 32, due: true }], async () => answers.shift() ?? true);
  expect(compacted).toHaveLength(2);
});

it("outlives a disk that cannot be read and a merge that fails", async () => {
  const { compacted } = await watched(
    [new Error("damaged"), { layers: 33, most: 32, due: true }, { layers: 33, most: 32, due: true }],
    async () => {
      throw new Error("no room");
    },
  );
  expect(compacted).toHaveLength(2);
});
