import { expect, test } from "vitest";
import { deviceId, deviceName, escapeCommas, nodeName, serialOf } from "./device.ts";

test("commas are doubled", () => {
  expect(escapeCommas("a,b,,c")).toBe("a,,b,,,,c");
});

test("a device's name is found again in its id", () => {
  expect(deviceName(deviceId("1.a_b-c"))).toBe("1.a_b-c");
  expect(deviceName("ports")).toBeUndefined();
});

test("names that are cut stay apart", () => {
  const long = "a".repeat(62);
  expect(nodeName(`${long}1`)).not.toBe(nodeName(`${long}2`));
  expect(nodeName(`${long}1`).length).toBeLessThanOrEqual(31);
  expect(serialOf("data")).toBe("data");
  expect(serialOf(`${long}1`)).toHaveLength(20);
  expect(serialOf(`${long}1`)).not.toBe(serialOf(`${long}2`));
});
