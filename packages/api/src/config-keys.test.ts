import { describe, expect, it } from "vitest";
import { findConfigKey, parseSize } from "./config-keys.ts";

describe("parseSize", () => {
  it.each([
    ["1024", 1024],
    ["1kB", 1000],
    ["2GiB", 2 ** 31],
    ["512MiB", 2 ** 29],
  ])("%s is %d bytes", (text, bytes) => expect(parseSize(text)).toBe(bytes));
  it.each(["", "MiB", "-1MiB", "1.5GiB", "1gib", "999999999999PiB", "1 GiB"])("refuses %j", (text) =>
    expect(parseSize(text)).toBeUndefined(),
  );
});

it("finds keys by name and by prefix, and nothing for a bare prefix", () => {
  expect(findConfigKey("limits.cpu")?.key).toBe("limits.cpu");
  expect(findConfigKey("user.anything")?.key).toBe("user.*");
  expect(findConfigKey("user.")).toBeUndefined();
  expect(findConfigKey("limits")).toBeUndefined();
});
