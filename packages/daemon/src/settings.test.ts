import { describe, expect, it } from "vitest";
import { readSettings } from "./settings.ts";

describe("readSettings", () => {
  it("has defaults", () => {
    expect(readSettings({}, "/opt/lodge")).toEqual({
      directory: "/var/lib/lodge",
      uplink: "auto",
      raw: false,
      logLevel: "info",
      definitions: "/opt/lodge/images",
      version: "development",
    });
  });

  it.each([
    [{ LODGE_DIR: "relative" }, /not an absolute path/],
    [{ LODGE_DIR: `/${"x".repeat(90)}` }, /107 bytes/],
    [{ LODGE_UPLINK: "yes" }, /must be auto or none/],
  ])("refuses %j", (env, message) => expect(() => readSettings(env, "/")).toThrow(message));
});
