import type { Config } from "@lodge/api";
import { expect, it } from "vitest";
import { Lock } from "../instances/lock.ts";
import { done, setUp } from "../instances/testing/fake-host.ts";
import { Profiles } from "../profiles/service.ts";
import { Projects } from "./service.ts";

const tiny = { type: "image", alias: "tiny" } as const;
const exceeded = { code: "project_limit_exceeded" };
const restricted = { code: "project_restricted" };
const small = { "limits.memory": "64MiB" };

/** Project `blue` with the instance `a`, whose memory is 64MiB. */
async function blue(config: Config) {
  const host = await setUp();
  const projects = new Projects({
    ...host.deps,
    trusting: new Lock(),
    trustChanged: async () => undefined,
    release: async () => undefined,
  });
  await projects.create({ name: "blue", config, storage: "default" });
  await done(host.instances.create("blue", { name: "a", source: tiny, config: small }));
  const set = (more: Config) => projects.update("blue", ({ config: now }) => ({ config: { ...now, ...more } }));
  return { ...host, projects, set, profiles: new Profiles(host.deps, host.runs) };
}

it("is asked before anything is made, copied or forked", async () => {
  const { instances, set, deps } = await blue({ "limits.instances": "1" });
  const again = [
    instances.create("blue", { name: "b", source: tiny }),
    instances.create("blue", { name: "b", source: { type: "copy", source: "a" } }),
    instances.create("blue", { name: "b", source: { type: "none" } }),
    instances.fork("blue", "a", { name: "b", count: 1 }),
  ];
  for (const each of await Promise.allSettled(again)) expect(each).toMatchObject({ reason: exceeded });
  expect((await deps.store.instances.list()).map(({ name }) => name)).toEqual(["a"]);
  await done(instances.create("default", { name: "b", source: tiny }));
  await set({ "limits.instances": "2" });
  await done(instances.create("blue", { name: "b", source: tiny }));
});

it("is asked before an instance or one of its profiles gets another configuration", async () => {
  const { instances, profiles } = await blue({ "limits.memory": "128MiB" });
  const more = instances.update("blue", "a", { config: { "limits.memory": "256MiB" } });
  await expect(more).rejects.toMatchObject({ ...exceeded, message: expect.stringContaining("a 256MiB = 256MiB") });
  await expect(instances.update("blue", "a", { config: {} })).rejects.toMatchObject(exceeded);
  const byProfile = (size: string) =>
    profiles.update("blue", "default", ({ devices }) => ({ devices, config: { "limits.memory": size } }));
  await byProfile("100MiB");
  await done(instances.update("blue", "a", { config: {} }));
  await expect(byProfile("200MiB")).rejects.toMatchObject(exceeded);
  await byProfile("128MiB");
});

it("is asked of what is there when the limits and restrictions change", async () => {
  const { instances, projects, set } = await blue({});
  await expect(set({ "limits.instances": "0" })).rejects.toMatchObject(exceeded);
  await expect(set({ "limits.memory": "32MiB" })).rejects.toMatchObject(exceeded);
  await done(instances.update("blue", "a", { config: { ...small, "security.nesting": "true" } }));
  await expect(set({ restricted: "true" })).rejects.toMatchObject({
    ...restricted,
    message: expect.stringMatching(/"a" cannot have security.nesting=true.*restricted.containers.nesting/),
  });
  await set({ restricted: "true", "restricted.containers.nesting": "allow", "limits.memory": "64MiB" });
  expect((await projects.state("blue")).resources).toMatchObject({ memory: { Limit: 2 ** 26, Usage: 2 ** 26 } });
});

it("blocks what reaches the host, and snapshots, in a restricted project", async () => {
  const { instances, snapshots, set } = await blue({ restricted: "true" });
  const privileged = { name: "b", source: tiny, config: { "security.privileged": "true" } };
  await expect(instances.create("blue", privileged)).rejects.toMatchObject(restricted);
  await expect(snapshots.create("blue", "a", { name: "s" })).rejects.toMatchObject(restricted);
  await set({ "restricted.snapshots": "allow" });
  await done(snapshots.create("blue", "a", { name: "s" }));
});
