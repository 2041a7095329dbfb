import { expect, it } from "vitest";
import { done, setUp, startDaemon, web } from "./testing/fake-host.ts";

async function world(start = false) {
  const daemon = await setUp();
  await done(daemon.instances.create("default", web({ start })));
  const names = async () => (await daemon.instances.list("default")).map(({ name }) => name);
  return { ...daemon, names };
}

it("gives a stopped instance another name and changes nothing else of it", async () => {
  const { instances, actions, names, host } = await world();
  const { name: _, ...before } = await instances.get("default", "web");
  await done(instances.rename("default", "web", "www"));
  expect(await names()).toEqual(["www"]);
  expect(await instances.get("default", "www")).toEqual({ ...before, name: "www" });
  expect(actions.at(-1)).toBe("instance-renamed");
  await done(instances.changeState("default", "www", { action: "start" }));
  expect([...host.network.ports.values()].map(({ hostname }) => hostname)).toEqual(["www"]);
});

it.each([
  ["bad-", "instance_name_invalid"],
  ["web", "instance_exists"],
])("refuses the name %s", async (name, code) => {
  const { instances } = await world();
  await expect(instances.rename("default", "web", name)).rejects.toMatchObject({ code });
});

it("refuses one that runs", async () => {
  const { instances } = await world(true);
  await expect(instances.rename("default", "web", "www")).rejects.toMatchObject({ code: "instance_wrong_state" });
});

it("gives a name to one only, however close they are", async () => {
  const { instances, names } = await world();
  await done(instances.create("default", web({ name: "db" })));
  const outcomes = await Promise.allSettled([
    done(instances.rename("default", "web", "www")),
    done(instances.rename("default", "db", "www")),
    done(instances.create("default", web({ name: "www" }))),
  ]);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect((await names()).filter((name) => name === "www")).toHaveLength(1);
});

it("is whole for the next daemon", async () => {
  const { instances, host } = await world();
  await done(instances.rename("default", "web", "www"));
  const next = await startDaemon(host);
  expect((await next.instances.list("default")).map(({ name }) => name)).toEqual(["www"]);
});
