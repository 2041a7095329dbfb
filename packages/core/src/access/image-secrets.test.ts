import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { EventBus } from "../events/bus.ts";
import { silentLog } from "../log.ts";
import { Operations } from "../operations/operations.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { ImageSecrets } from "./image-secrets.ts";

function imageSecrets() {
  const now = () => new Date();
  let made = 0;
  const operations = new Operations({
    ...{ store: new MemoryStore(), events: new EventBus(now), log: silentLog, now, keep: 1000 },
    newId: () => `id${++made}`,
  });
  const waits: { milliseconds: number; resolve: () => void }[] = [];
  const wait = (milliseconds: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      waits.push({ milliseconds, resolve });
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  return { waits, secrets: new ImageSecrets({ operations, wait, newSecret: () => `secret${made}` }) };
}

it("open one image until some time after they were used", async () => {
  const { secrets, waits } = imageSecrets();
  const operation = await secrets.issue("ab", "default");
  await delay(0);
  expect(operation.render()).toMatchObject({ class: "token", metadata: { secret: "secret0" } });
  expect([secrets.opens("cd", "secret0"), secrets.opens("ab", "secret1")]).toEqual([false, false]);
  expect([secrets.opens("ab", "secret0"), secrets.opens("ab", "secret0")]).toEqual([true, true]);
  await delay(0);
  expect(waits.map(({ milliseconds }) => milliseconds)).toEqual([600_000, 30_000]);
  waits[1]?.resolve();
  await operation.done;
  expect([secrets.opens("ab", "secret0"), operation.render().status]).toEqual([false, "Success"]);
});

it("end unused, or revoked", async () => {
  const { secrets, waits } = imageSecrets();
  const unused = await secrets.issue("ab", "default");
  await delay(0);
  waits[0]?.resolve();
  await unused.done;
  expect(secrets.opens("ab", "secret0")).toBe(false);
  const revoked = await secrets.issue("ab", "default");
  await delay(0);
  revoked.cancel();
  await revoked.done;
  expect([secrets.opens("ab", "secret1"), revoked.render().status]).toEqual([false, "Cancelled"]);
});
