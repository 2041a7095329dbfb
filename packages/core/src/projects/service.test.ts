import { expect, it } from "vitest";
import { Lock } from "../instances/lock.ts";
import { done, setUp } from "../instances/testing/fake-host.ts";
import { Profiles } from "../profiles/service.ts";
import { Projects } from "./service.ts";

const tiny = { type: "image", alias: "tiny" } as const;
const root = { root: { type: "disk", path: "/", pool: "default" } };

async function world() {
  const host = await setUp();
  const released: string[] = [];
  let trustChanges = 0;
  const projects = new Projects({
    ...host.deps,
    trusting: new Lock(),
    trustChanged: async () => void trustChanges++,
    release: async (name) => void released.push(name),
  });
  const store = host.host.store;
  return {
    ...host,
    projects,
    store,
    released,
    profiles: new Profiles(host.deps, host.runs),
    trusted: () => trustChanges,
  };
}

/** Project `blue`, in which an instance has the name of one of the default project. */
async function withInstance(config: Record<string, string> = {}) {
  const all = await world();
  await all.projects.create({ name: "blue", config, storage: "default" });
  await done(all.instances.create("default", { name: "web", source: tiny }));
  await done(all.instances.create("blue", { name: "web", source: tiny }));
  return all;
}

it("has the features of LXD's and an empty profile, and says what is in it", async () => {
  const { projects, profiles } = await world();
  await projects.create({ name: "blue", description: "sea", config: { "user.owner": "ann" } });
  expect(await projects.get("blue")).toMatchObject({
    description: "sea",
    config: { "features.profiles": "true", "features.storage.volumes": "true", "user.owner": "ann" },
    used_by: ["/1.0/profiles/default?project=blue"],
  });
  expect(await profiles.get("blue", "default")).toMatchObject({ devices: {}, project: "blue" });
  expect((await projects.list()).map(({ name }) => name)).toEqual(["default", "blue"]);
  expect((await projects.get("default")).used_by).toContain("/1.0/profiles/default");
});

it("gives its profile a root disk and a nic when it is told to", async () => {
  const { projects, profiles } = await world();
  await projects.create({ name: "blue", storage: "default", network: "lodgebr0" });
  expect((await profiles.get("blue", "default")).devices).toEqual({
    ...root,
    eth0: { type: "nic", name: "eth0", network: "lodgebr0" },
  });
  await expect(projects.create({ name: "red", storage: "gone" })).rejects.toMatchObject({ code: "pool_not_found" });
});

it.each([
  ["a name that is taken", { name: "blue" }, "project_exists"],
  ["the default one's name", { name: "default" }, "project_exists"],
  ["no name", { name: "" }, "project_name_invalid"],
  ["a way out", { name: "a/b" }, "project_name_invalid"],
  ["an unknown key", { name: "x", config: { nonsense: "1" } }, "config_key_unknown"],
  ["a limit that is no number", { name: "x", config: { "limits.cpu": "many" } }, "config_value_invalid"],
  ["networks of its own", { name: "x", config: { "features.networks": "true" } }, "config_value_invalid"],
])("is refused with %s", async (_what, request, code) => {
  const { projects } = await world();
  await projects.create({ name: "blue" });
  await expect(projects.create(request)).rejects.toMatchObject({ code });
  expect(await projects.names()).toEqual(["default", "blue"]);
});

it("keeps instances of the same name apart", async () => {
  const { projects, instances } = await withInstance();
  expect((await instances.list("blue")).map(({ project }) => project)).toEqual(["blue"]);
  expect((await projects.get("blue")).used_by).toContain("/1.0/instances/web?project=blue");
  await done(instances.delete("blue", "web"));
  expect((await instances.list("default")).map(({ name }) => name)).toEqual(["web"]);
});

it("uses the default one's profiles without the feature, and is among their users", async () => {
  const { projects, profiles, instances } = await withInstance({ "features.profiles": "false" });
  expect(await projects.home("blue", "features.profiles")).toBe("default");
  const [listed] = await instances.listFull("blue", () => true);
  expect(listed?.expanded_devices).toEqual((await instances.get("blue", "web")).expanded_devices);
  expect((await profiles.get("default", "default")).used_by).toEqual([
    "/1.0/instances/web?project=blue",
    "/1.0/instances/web",
  ]);
  expect((await instances.list("blue")).map(({ expanded_devices }) => Object.keys(expanded_devices))).toEqual([
    ["eth0", "root"],
  ]);
  await profiles.update("default", "default", ({ devices }) => ({ devices, config: { "limits.memory": "64MiB" } }));
  expect((await instances.get("blue", "web")).expanded_config).toMatchObject({ "limits.memory": "64MiB" });
});

it("is neither deleted nor renamed nor switched over while something is in it", async () => {
  const { projects } = await withInstance();
  const inUse = { code: "project_in_use", message: expect.stringContaining("web") };
  await expect(projects.delete("blue")).rejects.toMatchObject(inUse);
  await expect(projects.rename("blue", "red")).rejects.toMatchObject(inUse);
  const change = projects.update("blue", () => ({ config: { "features.profiles": "false" } }));
  await expect(change).rejects.toMatchObject(inUse);
  await projects.update("blue", ({ config }) => ({ config: { ...config, "user.a": "b" } }));
});

it("loses and gets its profile with the feature", async () => {
  const { projects, store } = await world();
  await projects.create({ name: "blue" });
  await projects.update("blue", () => ({ config: { "features.profiles": "false" } }));
  expect((await store.profiles.list()).filter(({ project }) => project === "blue")).toEqual([]);
  await projects.update("blue", () => ({}));
  expect((await store.profiles.list()).filter(({ project }) => project === "blue")).toHaveLength(1);
});

it("takes its profile and those who are trusted with it along under another name, and leaves nothing when it goes", async () => {
  const { projects, store, released, trusted, actions } = await world();
  await projects.create({ name: "blue" });
  const certificate = { fingerprint: "a".repeat(64), name: "ann", type: "client", certificate: "PEM" } as const;
  const restriction = { role: "manager", projects: ["default", "blue"] } as const;
  await store.certificates.put({ ...certificate, restriction, createdAt: new Date(0) });
  await projects.rename("blue", "red");
  expect((await store.certificates.list())[0]?.restriction?.projects).toEqual(["default", "red"]);
  expect(await store.profiles.get({ project: "red", name: "default" })).toBeDefined();
  await projects.delete("red");
  expect((await store.certificates.list())[0]?.restriction?.projects).toEqual(["default"]);
  expect((await store.profiles.list()).map(({ project }) => project)).toEqual(["default"]);
  expect(released).toEqual(["blue", "red"]);
  expect(trusted()).toBe(2);
  expect(actions).toEqual(["project-created", "project-renamed", "project-deleted"]);
});

it("is the default one for ever, with every feature", async () => {
  const { projects } = await world();
  const { config } = await projects.get("default");
  await projects.update("default", () => ({ config: { ...config, "templates.enabled": "false" } }));
  expect((await projects.get("default")).config).toEqual({ ...config, "templates.enabled": "false" });
  const change = projects.update("default", () => ({ config: { ...config, "features.profiles": "false" } }));
  for (const refused of [change, projects.rename("default", "x"), projects.delete("default")])
    await expect(refused).rejects.toMatchObject({ code: "project_protected" });
  await expect(projects.update("gone", () => ({}))).rejects.toMatchObject({ code: "project_not_found" });
});

it("is gone for what is made at the same time", async () => {
  const { projects, instances } = await world();
  await projects.create({ name: "blue", storage: "default" });
  const outcomes = await Promise.allSettled([
    projects.delete("blue"),
    done(instances.create("blue", { name: "web", source: tiny })),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});
