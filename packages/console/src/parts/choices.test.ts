import { serverConfigKeys } from "@lodge/api/server-keys";
import { expect, test } from "vitest";
import { choicesOf } from "./choices.ts";

test.each([
  ["governor.mode", ["off", "observe", "on"]],
  ["templates.enabled", ["true", "false"]],
  ["templates.budget", undefined],
  ["user.*", undefined],
])("%s takes %o", (key, choices) => {
  const entry = serverConfigKeys.find((each) => each.key === key);
  expect(entry && choicesOf(entry.check)).toEqual(choices);
});
