import { expect, test } from "vitest";
import { shareArguments, shareTag } from "./shares.ts";

test("a share is reached by nothing but its descriptor", () => {
  const [chardev, channel, option, device] = shareArguments({ name: "data", place: "port3" }, 9);
  expect([chardev, channel, option]).toEqual(["-chardev", "socket,id=share-data,fd=9", "-device"]);
  expect(JSON.parse(device ?? "")).toEqual({
    driver: "vhost-user-fs-pci",
    ...{ id: "dev-data", chardev: "share-data", tag: "data", bus: "port3" },
  });
});

test.each([
  ["data", "data"],
  ["a".repeat(36), "a".repeat(36)],
])("the tag of %s is the name itself", (name, tag) => expect(shareTag(name)).toBe(tag));

test("long names have tags of their own", () => {
  const tags = ["a", "b"].map((end) => shareTag(`${"n".repeat(62)}${end}`));
  expect(new Set(tags).size).toBe(2);
  expect(tags[0]).toHaveLength(36);
});
