import type { Profile, ProfilePut } from "@lodge/api";
import { expect, it } from "vitest";
import { done, setUp } from "../instances/testing/fake-host.ts";
import { Profiles } from "./service.ts";

const tiny = { type: "image", alias: "tiny" } as const;

async function world() {
  const host = await setUp();
  return { ...host, profiles: new Profiles(host.deps, host.runs), store: host.host.store };
}

/** Profile `small` and the instance `web` that has it beside `default`. */
async function used() {
  const all = await world();
  await all.profiles.create("default", { name: "small", config: { "limits.memory": "64MiB" } });
  await done(all.instances.create("default", { name: "web", source: tiny, profiles: ["default", "small"] }));
  return all;
}

const replaceBy = (put: ProfilePut) => () => put;

it("is made, shown with its users, changed and deleted, and says so", async () => {
  const { profiles, instances, actions } = await used();
  expect(await profiles.get("default", "small")).toEqual({
    name: "small",
    description: "",
    config: { "limits.memory": "64MiB" },
    devices: {},
    used_by: ["/1.0/instances/web"],
    project: "default",
  });
  await profiles.update("default", "small", replaceBy({ description: "little", config: { "limits.memory": "32MiB" } }));
  expect((await instances.get("default", "web")).expanded_config).toMatchObject({ "limits.memory": "32MiB" });
  await done(instances.delete("default", "web"));
  await profiles.delete("default", "small");
  expect((await profiles.list("default")).map(({ name }) => name)).toEqual(["default"]);
  expect(actions.filter((action) => action !== "instance-created")).toEqual([
    "profile-created",
    "profile-updated",
    "instance-updated",
    "instance-deleted",
    "profile-deleted",
  ]);
});

it.each([
  ["no name", { name: "" }, "profile_name_invalid"],
  ["a comma in its name", { name: "a,b" }, "profile_name_invalid"],
  ["a way out", { name: ".." }, "profile_name_invalid"],
  ["a name that is taken", { name: "default" }, "profile_exists"],
  ["an unknown key", { name: "x", config: { nonsense: "1" } }, "config_key_unknown"],
  ["a wrong value", { name: "x", config: { "limits.cpu": "none" } }, "config_value_invalid"],
  ["an instance's own key", { name: "x", config: { "volatile.uuid": "1" } }, "config_key_readonly"],
  ["an unknown device", { name: "x", devices: { a: { type: "toaster" } } }, "config_value_invalid"],
])("is refused with %s", async (_what, request, code) => {
  const { profiles, store } = await world();
  await expect(profiles.create("default", request)).rejects.toMatchObject({ code });
  expect(await store.profiles.list()).toHaveLength(1);
});

it.each([
  ["more memory than there is", { config: { "limits.memory": "1TiB" } }, "limit_exceeds_host"],
  ["a second root disk", { devices: { more: { type: "disk", path: "/", pool: "default" } } }, "config_value_invalid"],
  ["another pool", { devices: { root: { type: "disk", path: "/", pool: "other" } } }, "not_supported"],
  ["a network that is not there", { devices: { eth1: { type: "nic", network: "gone" } } }, "network_not_found"],
] satisfies [string, ProfilePut, string][])("cannot take on %s while an instance uses it", async (_what, put, code) => {
  const { profiles } = await used();
  const before = await profiles.get("default", "small");
  await expect(profiles.update("default", "small", replaceBy(put))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(/small.*"web"/),
  });
  expect(await profiles.get("default", "small")).toEqual(before);
});

it("is not deleted while it is used, and the default one never", async () => {
  const { profiles } = await used();
  await expect(profiles.delete("default", "small")).rejects.toMatchObject({
    code: "profile_in_use",
    message: expect.stringContaining("web"),
  });
  await expect(profiles.delete("default", "default")).rejects.toMatchObject({ code: "profile_protected" });
  await expect(profiles.rename("default", "default", "x")).rejects.toMatchObject({ code: "profile_protected" });
  await expect(profiles.delete("default", "gone")).rejects.toMatchObject({ code: "profile_not_found" });
});

it("keeps its users under a new name", async () => {
  const { profiles, instances } = await used();
  await expect(profiles.rename("default", "small", "default")).rejects.toMatchObject({ code: "profile_exists" });
  await profiles.rename("default", "small", "little");
  expect((await instances.get("default", "web")).profiles).toEqual(["default", "little"]);
  expect((await profiles.get("default", "little")).used_by).toEqual(["/1.0/instances/web"]);
  await expect(profiles.get("default", "small")).rejects.toMatchObject({ code: "profile_not_found" });
});

it("is found under its new name by what restores an instance that had it", async () => {
  const { profiles, instances, snapshots } = await used();
  await done(snapshots.create("default", "web", { name: "before" }));
  const { config } = await instances.get("default", "web");
  await done(instances.update("default", "web", { config, profiles: ["default"] }));
  await profiles.rename("default", "small", "little");
  await done(instances.update("default", "web", { restore: "before" }));
  expect((await instances.get("default", "web")).profiles).toEqual(["default", "little"]);
});

it("gets another name also while an instance with it is being made, and nobody loses it", async () => {
  const { profiles, instances, host } = await world();
  await profiles.create("default", { name: "small" });
  const gate = Promise.withResolvers<void>();
  const make = host.pool.createRoot.bind(host.pool);
  host.pool.createRoot = async (root) => {
    await gate.promise;
    await make(root);
  };
  const making = done(instances.create("default", { name: "web", source: tiny, profiles: ["default", "small"] }));
  await expect.poll(() => host.store.instances.list()).toHaveLength(1);
  const renaming = profiles.rename("default", "small", "little");
  gate.resolve();
  await Promise.all([making, renaming]);
  expect((await instances.get("default", "web")).profiles).toEqual(["default", "little"]);
});

it("is never gone when an instance that takes it is made at the same time", async () => {
  const { profiles, instances } = await world();
  await profiles.create("default", { name: "small" });
  const outcomes = await Promise.allSettled([
    done(instances.create("default", { name: "web", source: tiny, profiles: ["default", "small"] })),
    profiles.delete("default", "small"),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  await instances.list("default");
});

it("changes only what was seen", async () => {
  const { profiles } = await used();
  const bump = (current: Profile): ProfilePut => ({
    config: { ...current.config, "user.n": String(Number(current.config["user.n"] ?? "0") + 1) },
  });
  await Promise.all([1, 2, 3].map(() => profiles.update("default", "small", bump)));
  expect((await profiles.get("default", "small")).config["user.n"]).toBe("3");
});
