import { describe, expect, it } from "vitest";
import { instanceRecord } from "../store/describe-store.ts";
import { keptIdentity, withoutNotes } from "./identity.ts";

const uuid = "0a1b2c3d-1111-2222-3333-444455556666";
const own = {
  "volatile.uuid": uuid,
  "volatile.eth0.hwaddr": "00:16:3e:aa:bb:cc",
  "volatile.eth0.ipv4_address": "10.0.0.7",
  "volatile.eth0.index": "0",
};
const { "volatile.uuid": _uuid, ...notes } = own;
const other = (config = {}, id = "00000001") => ({ ...instanceRecord(id, "other", 1), config });

describe("the identity of what is imported", () => {
  it("is its own where nobody has it", () => {
    expect(keptIdentity({ ...own, "user.a": "b", "volatile.last_state.power": "RUNNING" }, [other()])).toEqual({
      uuid,
      notes,
    });
  });

  it.each([
    ["the id", other({}, "0a1b2c3d")],
    ["the hardware address", other({ "volatile.eth5.hwaddr": "00:16:3e:aa:bb:cc" })],
    ["the network address", other({ "volatile.eth0.ipv4_address": "10.0.0.7" })],
  ])("is another where an instance has %s", (_, taken) => {
    expect(keptIdentity(own, [taken])).toBeUndefined();
  });

  it.each([
    ["volatile.uuid", "x"],
    ["volatile.uuid", "../../../../../../../../../../../etc"],
  ])("is not believed: %s=%s", (key, value) => {
    expect(keptIdentity({ ...own, [key]: value }, [])).toBeUndefined();
  });

  it.each([
    ["volatile.eth0.hwaddr", "00:16:3e:aa:bb:cc,script=/x"],
    ["volatile.eth0.hwaddr", "01:16:3e:aa:bb:cc"],
    ["volatile.eth0.index", "-1"],
  ])("has no %s of %s", (key, value) => {
    expect(keptIdentity({ ...own, [key]: value }, [])?.notes).not.toHaveProperty([key]);
  });
});

it("leaves the rest of the configuration", () => {
  const image = "a".repeat(64);
  const kept = { "user.a": "b", "image.os": "x", "volatile.base_image": image };
  expect(withoutNotes({ ...own, ...kept })).toEqual(kept);
  expect(withoutNotes({ "volatile.base_image": "../x" })).toEqual({});
});
