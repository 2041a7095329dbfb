import { expect, it } from "vitest";
import { done, setUp, web } from "./testing/fake-host.ts";

async function withTwo() {
  const world = await setUp();
  for (const name of ["db", "web"]) await done(world.instances.create("default", web({ name, start: name === "web" })));
  for (const name of ["a", "b"]) await done(world.snapshots.create("default", "web", { name }));
  return world;
}

it("a full list has of each instance what it is asked for alone", async () => {
  const { instances } = await withTwo();
  const full = await instances.listFull("default", () => true);
  expect(full.map(({ name, state, snapshots }) => [name, state.status, snapshots.map((each) => each.name)])).toEqual([
    ["db", "Stopped", []],
    ["web", "Running", ["a", "b"]],
  ]);
  for (const { state, snapshots: _snapshots, backups: _backups, ...instance } of full) {
    expect(instance).toEqual(await instances.get("default", instance.name));
    expect(state).toEqual(await instances.state("default", instance.name));
  }
});

it("a full list looks at each table once, and at the space of those alone that are asked for", async () => {
  const { instances, host } = await withTwo();
  let looks = 0;
  const { store, pool } = host;
  for (const table of [store.instances, store.profiles, store.snapshots, store.backups, store.networks]) {
    const list = table.list.bind(table);
    Object.assign(table, { list: () => (looks++, list()), get: () => expect.fail("a look for one") });
  }
  const ages: (number | undefined)[] = [];
  const usage = pool.rootUsage.bind(pool);
  pool.rootUsage = (id, maxAge) => (ages.push(maxAge), usage(id));
  const full = await instances.listFull("default", ({ status }) => status === "Stopped");
  expect(full.map(({ name }) => name)).toEqual(["db"]);
  expect(ages).toEqual([Number.POSITIVE_INFINITY]);
  // Profiles twice: snapshots are rendered with them, too.
  expect(looks).toBe(6);
});
