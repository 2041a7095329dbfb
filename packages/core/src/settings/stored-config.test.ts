import { serverConfigKeys } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { Lock } from "../instances/lock.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { StoredConfig } from "./stored-config.ts";

const store = new MemoryStore();
const choosing = new Lock();
const server = () =>
  new StoredConfig({ store, choosing, owner: "the server", setting: "config", keys: serverConfigKeys });

describe("the server's configuration", () => {
  it("is kept, and loses what is set to nothing", async () => {
    expect(await server().get()).toEqual({});
    await server().update(() => ({ "templates.enabled": "false", "user.a": "b" }));
    await server().update((current) => ({ ...current, "user.a": "" }));
    expect(await server().get()).toEqual({ "templates.enabled": "false" });
  });

  it.each([
    [{ "core.bgp_address": ":179" }, "config_key_unknown"],
    [{ "core.https_address": "elsewhere:8443" }, "config_value_invalid"],
    [{ "templates.enabled": "maybe" }, "config_value_invalid"],
    [{ "templates.budget": "much" }, "config_value_invalid"],
  ])("refuses %j", async (config, code) => {
    const before = await server().get();
    await expect(server().update(() => config)).rejects.toMatchObject({ code });
    expect(await server().get()).toEqual(before);
  });
});
