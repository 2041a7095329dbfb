import type { QmpClient } from "@lodge/qmp";
import pino from "pino";
import { expect, it } from "vitest";
import { DiskStall } from "./disk-stall.ts";

/** A QEMU whose host has room after so many attempts. */
function machine(attempts: number) {
  const said: (string | undefined)[] = [];
  let status = "io-error";
  const execute = async (command: string) => {
    if (command === "cont" && --attempts <= 0) status = "running";
    return { status };
  };
  const qmp = { execute, closed: false } as unknown as QmpClient;
  const log = pino({ level: "silent" });
  const stall = new DiskStall({ qmp: () => qmp, log, changed: (problem) => said.push(problem), pause: 1 });
  const notice = (action: string) =>
    stall.notice({ name: "BLOCK_IO_ERROR", data: { action, reason: "No space left on device" }, at: new Date(0) });
  return { stall, notice, said, attempts: () => attempts };
}

it("goes on once there is room, and says so once", async () => {
  const { stall, notice, said, attempts } = machine(3);
  for (let count = 0; count < 3; count++) notice("stop");
  expect(stall.problem).toMatch(/cannot be written on the host \(No space left on device\)/);
  await expect.poll(() => stall.problem).toBeUndefined();
  expect(attempts()).toBe(0);
  expect(said).toEqual([expect.stringMatching(/stands still/), undefined]);
});

it("leaves alone what the guest was told of", () => {
  const { stall, notice } = machine(1);
  notice("report");
  expect(stall.problem).toBeUndefined();
});
