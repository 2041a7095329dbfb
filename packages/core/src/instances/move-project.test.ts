import { expect, it } from "vitest";
import { done, setUp } from "./testing/fake-host.ts";

const tiny = { type: "image", alias: "tiny" } as const;
const root = { type: "disk", path: "/", pool: "default" };

/** Project `blue`, whose profile is empty, and the instance `web` with a snapshot in the default one. */
async function world(config: Record<string, string> = {}) {
  const host = await setUp();
  const { store } = host.deps;
  await store.projects.put({ name: "blue", description: "", config });
  await store.profiles.put({ project: "blue", name: "default", description: "", config: {}, devices: {} });
  await done(host.instances.create("default", { name: "web", source: tiny }));
  await done(host.snapshots.create("default", "web", { name: "s" }));
  return { ...host, store };
}

it("takes its snapshots and its root disk along, under another name or the same", async () => {
  const { instances, snapshots, actions } = await world();
  await done(instances.moveToProject("default", "web", { project: "blue" }));
  expect(await instances.list("default")).toEqual([]);
  const moved = await instances.get("blue", "web");
  expect(moved).toMatchObject({ project: "blue", devices: { root }, expanded_devices: { root } });
  expect(Object.keys(moved.expanded_devices)).toEqual(["root"]);
  expect((await snapshots.list("blue", "web")).map(({ name, devices }) => [name, devices["root"]])).toEqual([
    ["s", root],
  ]);
  await done(instances.update("blue", "web", { restore: "s" }));
  await done(instances.moveToProject("blue", "web", { project: "default", name: "www" }));
  expect((await instances.list("default")).map(({ name }) => name)).toEqual(["www"]);
  expect(actions.filter((action) => action === "instance-renamed")).toHaveLength(4);
});

it("is refused where it cannot go, and stays what it was", async () => {
  const { instances, store } = await world({ "limits.instances": "1" });
  const before = await store.instances.list();
  const move = (to: { project: string; name?: string }) => instances.moveToProject("default", "web", to);
  await expect(move({ project: "default" })).rejects.toMatchObject({ code: "request_invalid" });
  await expect(move({ project: "gone" })).rejects.toMatchObject({ code: "project_not_found" });
  await expect(move({ project: "blue", name: "a b" })).rejects.toMatchObject({ code: "instance_name_invalid" });
  await done(instances.create("blue", { name: "web", source: tiny, devices: { root } }));
  await expect(move({ project: "blue" })).rejects.toMatchObject({ code: "instance_exists" });
  await expect(move({ project: "blue", name: "www" })).rejects.toMatchObject({ code: "project_limit_exceeded" });
  await done(instances.delete("blue", "web"));
  await done(instances.changeState("default", "web", { action: "start" }));
  await expect(move({ project: "blue" })).rejects.toMatchObject({ code: "instance_wrong_state" });
  await done(instances.changeState("default", "web", { action: "stop", force: true }));
  expect((await store.instances.list()).map(({ project, name, devices }) => [project, name, devices])).toEqual(
    before.map(({ project, name, devices }) => [project, name, devices]),
  );
});

it("needs profiles of its profiles' names", async () => {
  const { instances, store } = await world();
  await store.profiles.put({ project: "default", name: "small", description: "", config: {}, devices: {} });
  await done(instances.update("default", "web", { profiles: ["default", "small"] }));
  const move = () => instances.moveToProject("default", "web", { project: "blue" });
  await expect(move()).rejects.toMatchObject({ code: "profile_not_found", message: expect.stringContaining("blue") });
  await store.profiles.put({ project: "blue", name: "small", description: "", config: {}, devices: {} });
  await done(move());
});

it("is copied into another project with its root disk", async () => {
  const { instances, snapshots } = await world();
  const source = { type: "copy", source: "web", project: "default" } as const;
  await done(instances.create("blue", { name: "web", source }));
  expect(await instances.get("blue", "web")).toMatchObject({ devices: { root } });
  expect(await snapshots.list("blue", "web")).toHaveLength(1);
});
