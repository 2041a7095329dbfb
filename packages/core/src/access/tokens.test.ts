import { setTimeout as delay } from "node:timers/promises";
import { zeroTime } from "@lodge/api";
import { expect, it } from "vitest";
import { EventBus } from "../events/bus.ts";
import { silentLog } from "../log.ts";
import { Operations } from "../operations/operations.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { TrustTokens } from "./tokens.ts";

function tokens() {
  const clock = { now: new Date("2026-01-01T00:00:00Z") };
  const now = () => clock.now;
  const store = new MemoryStore();
  let made = 0;
  const operations = new Operations({
    ...{ store, events: new EventBus(now), log: silentLog, now, keep: 1000 },
    newId: () => `id${++made}`,
  });
  const wakes: (() => void)[] = [];
  const wait = (_milliseconds: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      wakes.push(resolve);
      signal.addEventListener("abort", () => resolve());
    });
  return {
    clock,
    store,
    operations,
    wake: () => wakes.splice(0).forEach((resolve) => resolve()),
    tokens: new TrustTokens({ operations, now, wait, newSecret: () => `secret${made}` }),
  };
}
const server = { addresses: ["192.0.2.1:8443"], fingerprint: "ab", config: {} };

it("are operations that say what their bearer needs, and are redeemed once", async () => {
  const { tokens: t, store } = tokens();
  const operation = await t.issue({ token: true, name: "ci", restricted: true, projects: ["web"] }, server);
  await delay(0);
  expect(operation.render()).toMatchObject({
    class: "token",
    status: "Running",
    metadata: {
      ...{ secret: "secret0", fingerprint: "ab", addresses: ["192.0.2.1:8443"], expiresAt: zeroTime },
      request: { name: "ci", restricted: true, projects: ["web"] },
    },
  });
  expect(await store.operations.list()).toEqual([]);
  expect(t.redeem("secret1")).toBeUndefined();
  expect(t.redeem("secret0")).toEqual({ name: "ci", restricted: true, projects: ["web"] });
  expect(t.redeem("secret0")).toBeUndefined();
  await operation.done;
  expect(operation.render()).toMatchObject({ status: "Success" });
});

it("are worth nothing when they were revoked", async () => {
  const { tokens: t } = tokens();
  const operation = await t.issue({ token: true, name: "ci" }, server);
  await delay(0);
  operation.cancel();
  await operation.done;
  expect(operation.render()).toMatchObject({ status: "Cancelled" });
  expect(t.redeem("secret0")).toBeUndefined();
});

it("expire", async () => {
  const { tokens: t, clock, wake } = tokens();
  const config = { "core.remote_token_expiry": "2d" };
  const operation = await t.issue({ token: true, name: "ci" }, { ...server, config });
  await delay(0);
  expect(operation.render().metadata).toMatchObject({ expiresAt: "2026-01-03T00:00:00.000Z" });
  clock.now = new Date("2026-01-02T00:00:00Z");
  wake();
  await delay(0);
  expect(operation.finished).toBe(false);
  clock.now = new Date("2026-01-03T00:00:00Z");
  wake();
  await operation.done;
  expect(operation.render()).toMatchObject({ status: "Failure", err_code: "timed_out" });
  expect(t.redeem("secret0")).toBeUndefined();
});
