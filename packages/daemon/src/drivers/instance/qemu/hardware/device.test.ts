import { expect, test } from "vitest";
import { deviceId, deviceName, escapeCommas, isPart, nodeName, partId, serialOf } from "./device.ts";

test("commas are doubled", () => {
  expect(escapeCommas("a,b,,c")).toBe("a,,b,,,,c");
});

test("a device's name is found again in its id", () => {
  expect(deviceName(deviceId("1.a_b-c"))).toBe("1.a_b-c");
  expect(deviceName("ports")).toBeUndefined();
});

test("the parts of a device are its own, and no devices", () => {
  expect([0, 1, 12].map((index) => isPart(partId("a-b", index), "a-b"))).toEqual([true, true, true]);
  expect(["dev-b", "part1-b", "part1-a-bc", "medium-a-b"].filter((id) => isPart(id, "a-b"))).toEqual([]);
  expect(deviceName(partId("a", 1))).toBeUndefined();
});

test("names that are cut stay apart", () => {
  const long = "a".repeat(62);
  expect(nodeName(`${long}1`)).not.toBe(nodeName(`${long}2`));
  expect(nodeName(`${long}1`).length).toBeLessThanOrEqual(31);
  expect(serialOf("data")).toBe("data");
  expect(serialOf(`${long}1`)).toHaveLength(20);
  expect(serialOf(`${long}1`)).not.toBe(serialOf(`${long}2`));
});
