import type { Governor, GovernorLine } from "@lodge/api";
import { FakeDaemon, syncReply } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runCli } from "./testing/run-cli.ts";

const line: GovernorLine = {
  ...{ id: 7, timestamp: "2030-01-01T00:00:07Z", project: "default", instance: "web", resource: "memory" },
  ...{ action: "take", from: 512 * 2 ** 20, to: 300 * 2 ** 20, observed: false },
  reason: "db waits for memory (pressure 12 %) and web has 240MiB idle",
};
const governor: Governor = {
  ...{ mode: "on", state: "soft" },
  memory: {
    budget: 2 ** 33,
    budget_now: 2 ** 32,
    promised: 2 ** 30,
    limits: 2 ** 31,
    used: 2 ** 32,
    reclaimable: 2 ** 29,
    pressure: 0.123,
  },
  instances: [
    {
      ...{
        name: "web",
        project: "default",
        type: "container",
        guarantee: 0,
        limit: 2 ** 31,
        shares: 100,
        target: 2 ** 30,
      },
      ...{ used: 2 ** 29, working_set: 2 ** 28, pressure: 0.25, refaults: 3, waits: true, frozen: false },
    },
  ],
};

let daemon: FakeDaemon;
let asked: string[];
beforeEach(async () => {
  daemon = await FakeDaemon.start();
  asked = [];
  daemon.server
    .on("GET", /^\/1\.0\/governor$/, () => syncReply(governor))
    .on("GET", /^\/1\.0\/governor\/log$/, ({ query }) => (asked.push(String(query)), syncReply([line])));
});
afterEach(() => daemon.stop());

const lodge = (...argv: string[]) => runCli(["governor", ...argv], { socket: daemon.socket });

it("what was moved is listed with its reason", async () => {
  const { stdout } = await lodge("log", "web", "--limit", "5", "--since", "2030-01-01T00:00:00Z", "-f", "csv");
  expect(stdout).toMatch(
    /:07,web,take,512 MiB,300 MiB,db waits for memory \(pressure 12 %\) and web has 240MiB idle\n$/,
  );
  expect(asked[0]).toContain("instance=web");
  expect(asked[0]).toContain("limit=5");
  expect((await lodge("log", "-f", "json")).stdout).toContain('"id":7');
});

it("how memory is divided is shown", async () => {
  const { stdout } = await lodge("show");
  expect(stdout).toContain("on; memory is getting scarce (soft), pressure 12.3 %");
  expect(stdout).toContain("8.0 GiB for all instances, 4.0 GiB of it now");
  expect(stdout).toMatch(/web +container +512 MiB +256 MiB +1\.0 GiB +- +2\.0 GiB +100 +25\.0 % waits/);
});

it.each(["0", "many"])("a limit of %s is refused", async (limit) => {
  expect((await lodge("log", "--limit", limit)).status).toBe(2);
});
