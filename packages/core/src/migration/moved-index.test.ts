import type { InstanceBackupIndex } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { movedIndex } from "./moved-index.ts";

const uuid = "0a1b2c3d-1111-2222-3333-444455556666";
const notes = { "volatile.uuid": uuid, "volatile.eth0.hwaddr": "00:16:3e:aa:bb:cc" };
const base = { "volatile.base_image": "a".repeat(64) };
const index: InstanceBackupIndex = {
  ...{ name: "web", type: "container", optimized: false, backend: "dir", checksum: "crc32", since: undefined },
  instance: {
    ...{ description: "mine", profiles: ["p"], devices: { d: { type: "none" } }, created_at: "2026-01-02T03:04:05Z" },
    config: { "user.a": "1", "volatile.last_state.power": "RUNNING", ...notes, ...base },
  },
  snapshots: [],
};

describe("what is made of what another server sends", () => {
  it("is as the source says where nothing else is asked for, and another one", () => {
    expect(movedIndex(index, {}).instance).toEqual({
      ...index.instance,
      ...{ config: { "user.a": "1", ...base }, created_at: undefined },
    });
  });

  it("is as is asked for", () => {
    const wanted = { description: "", config: { "user.b": "2" }, devices: {}, profiles: [], ephemeral: true };
    expect(movedIndex(index, wanted).instance).toMatchObject({ ...wanted, config: { "user.b": "2", ...base } });
  });

  it("is the same where its identity is repeated, by what the source says of it", () => {
    const config = { ...notes, "volatile.eth0.hwaddr": "00:16:3e:00:00:00" };
    const { instance } = movedIndex(index, { config });
    expect(instance.config).toEqual({ ...notes, ...base });
    expect(instance.created_at).toBe("2026-01-02T03:04:05Z");
  });

  it("is another one where another identity is asked for", () => {
    const config = { "volatile.uuid": uuid.replace("0a", "0b") };
    expect(movedIndex(index, { config }).instance.config).toEqual(base);
  });

  it("is of the type that is asked for", () => {
    expect(() => movedIndex(index, { type: "virtual-machine" })).toThrow('"web" is a container');
    expect(movedIndex(index, { type: "" })).toBeDefined();
  });

  it("is all of it", () => {
    expect(() => movedIndex({ ...index, since: { snapshot: "s", uuid } }, {})).toThrow("Only a part");
  });
});
