import type { Config } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { done, setUp, web } from "./testing/fake-host.ts";

async function withConfig(config: Config, more: { start?: boolean; ephemeral?: boolean } = {}) {
  const daemon = await setUp();
  await done(daemon.instances.create("default", web({ config, ...more })));
  const set = async (key: string, value: string) => {
    const { config: current, devices } = await daemon.instances.get("default", "web");
    await done(daemon.instances.update("default", "web", { config: { ...current, [key]: value }, devices }));
  };
  return { ...daemon, set };
}

describe("security.protection.delete", () => {
  const key = "security.protection.delete";

  it("keeps an instance from being deleted until it is unset", async () => {
    const { instances, set } = await withConfig({ [key]: "true" });
    await expect(instances.delete("default", "web")).rejects.toMatchObject({
      code: "instance_protected",
      message: expect.stringContaining(key),
    });
    await set(key, "false");
    await done(instances.delete("default", "web"));
  });

  it("keeps an ephemeral one when it stops", async () => {
    const { instances } = await withConfig({ [key]: "true" }, { ephemeral: true, start: true });
    await done(instances.changeState("default", "web", { action: "stop" }));
    expect((await instances.get("default", "web")).status).toBe("Stopped");
  });
});

describe("security.protection.start", () => {
  const key = "security.protection.start";

  it("keeps an instance from being started until it is unset", async () => {
    const { instances, set } = await withConfig({ [key]: "true" });
    const start = () => instances.changeState("default", "web", { action: "start" });
    await expect(start()).rejects.toMatchObject({ code: "instance_protected" });
    await set(key, "");
    await done(start());
    await set(key, "true");
    // It would stop and not come back.
    await expect(instances.changeState("default", "web", { action: "restart" })).rejects.toMatchObject({
      code: "instance_protected",
    });
    expect((await instances.get("default", "web")).status).toBe("Running");
  });

  it("refuses to make an instance only to start it", async () => {
    const daemon = await setUp();
    await expect(
      daemon.instances.create("default", web({ config: { [key]: "true" }, start: true })),
    ).rejects.toMatchObject({ code: "instance_protected" });
    expect(await daemon.instances.list("default")).toEqual([]);
  });
});
