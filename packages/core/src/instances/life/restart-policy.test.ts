import { describe, expect, it, test } from "vitest";
import { decideRestart, restartDelay, steadyAfter } from "./restart-policy.ts";

const on = { enabled: true, limit: 10 };
const crash = { reason: "crash", lasted: 500 } as const;

test.each([
  ["a crash without the key", { ...on, enabled: false }, crash, 0, { kind: "leave" }],
  ["a guest that powers off", on, { reason: "shutdown", lasted: 500 }, 0, { kind: "leave" }],
  ["the first crash", on, crash, 0, { kind: "restart", attempt: 1, delay: 0 }],
  ["a kill from outside", on, { reason: "killed", lasted: 500 }, 0, { kind: "restart", attempt: 1, delay: 0 }],
  ["the second crash in a row", on, crash, 1, { kind: "restart", attempt: 2, delay: 1000 }],
  ["the last that is allowed", on, crash, 9, { kind: "restart", attempt: 10, delay: 60_000 }],
  ["one too many", on, crash, 10, { kind: "give-up", restarts: 10 }],
  ["a lower limit", { ...on, limit: 2 }, crash, 2, { kind: "give-up", restarts: 2 }],
  [
    "a crash after a steady run",
    on,
    { reason: "crash", lasted: steadyAfter },
    10,
    { kind: "restart", attempt: 1, delay: 0 },
  ],
] as const)("%s", (_name, settings, run, restarts, decision) => {
  expect(decideRestart(settings, run, restarts)).toEqual(decision);
});

describe("restartDelay", () => {
  it("doubles up to a minute", () => {
    expect([1, 2, 3, 4, 7, 8, 9, 100].map(restartDelay)).toEqual([0, 1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000]);
  });
});
