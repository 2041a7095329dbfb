import { expect, it } from "vitest";
import { findConfigKey } from "./config-keys.ts";

it("finds keys by name and by prefix, and nothing for a bare prefix", () => {
  expect(findConfigKey("limits.cpu")?.key).toBe("limits.cpu");
  expect(findConfigKey("user.anything")?.key).toBe("user.*");
  expect(findConfigKey("user.")).toBeUndefined();
  expect(findConfigKey("limits")).toBeUndefined();
});
