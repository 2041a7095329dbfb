import { expect, test } from "vitest";
import { agentComes, type StartingGuest } from "./agent-port.ts";

/** One whose agent has its port open from this question on. */
function guest(opensAt: number, more: Partial<StartingGuest>): StartingGuest & { readonly asked: () => number } {
  let questions = 0;
  const execute = async () => [{ label: "agent", "frontend-open": ++questions >= opensAt }];
  return {
    qmp: () => ({ execute }) as never,
    client: {},
    record: { startedAt: new Date().toISOString() },
    asked: () => questions,
    ...more,
  };
}

test("the agent of a guest that answers by ssh and has just started is waited for", async () => {
  expect(await agentComes(guest(3, {}))).toBe(true);
});

test.each([
  ["runs for long", { record: { startedAt: "2020-01-01T00:00:00.000Z" } }],
  ["was never heard of", { client: undefined }],
] as const)("nobody waits for the agent of a guest that %s", async (_, more) => {
  const asked = guest(3, more);
  expect(await agentComes(asked)).toBe(false);
  expect(asked.asked()).toBe(1);
});
