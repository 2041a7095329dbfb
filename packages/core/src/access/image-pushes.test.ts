import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { EventBus } from "../events/bus.ts";
import { silentLog } from "../log.ts";
import { Operations } from "../operations/operations.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { ImagePushes } from "./image-pushes.ts";

function imagePushes() {
  const now = () => new Date();
  let ids = 0;
  let made = 0;
  const operations = new Operations({
    ...{ store: new MemoryStore(), events: new EventBus(now), log: silentLog, now, keep: 1000 },
    newId: () => `id${++ids}`,
  });
  const waits: { milliseconds: number; resolve: () => void }[] = [];
  const wait = (milliseconds: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      waits.push({ milliseconds, resolve });
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  return { waits, operations, pushes: new ImagePushes({ operations, wait, newSecret: () => `secret${++made}` }) };
}
const image = { fingerprint: "ab", project: "default", public: true, properties: { os: "Mine" }, aliases: [] };

it("lets an image in once, by its secret and no other", async () => {
  const { pushes } = imagePushes();
  const operation = await pushes.expect(image);
  await delay(0);
  expect(operation.render()).toMatchObject({ class: "token", metadata: { secret: "secret1", public: true } });
  expect([pushes.expects("cd", "secret1"), pushes.expects("ab", "secret2")]).toEqual([false, false]);
  expect([pushes.take("cd", "secret1"), pushes.take("ab", "")]).toEqual([undefined, undefined]);
  expect([pushes.expects("ab", "secret1"), pushes.take("ab", "secret1")]).toEqual([true, image]);
  expect([pushes.expects("ab", "secret1"), pushes.take("ab", "secret1")]).toEqual([false, undefined]);
  await operation.done;
  expect(operation.render().status).toBe("Success");
});

it("expects it no longer than some time, or until that is revoked", async () => {
  const { pushes, waits } = imagePushes();
  const [late, revoked] = [await pushes.expect(image), await pushes.expect(image)];
  await delay(0);
  waits[0]?.resolve();
  revoked.cancel();
  await Promise.all([late.done, revoked.done]);
  expect([pushes.expects("ab", "secret1"), pushes.expects("ab", "secret2")]).toEqual([false, false]);
});

it("lets the sender, and nobody else, wait for what becomes of it, and for some time after", async () => {
  const { pushes, operations, waits } = imagePushes();
  const about = { description: "x", resources: {}, project: "default" };
  const operation = await pushes.receive((metadata) => operations.begin({ ...about, metadata }, async () => undefined));
  expect(operation.render().metadata).toEqual({ secret: "secret1" });
  const asked = () => [pushes.isFollower(operation.id, "secret1"), pushes.isFollower(operation.id, "x")];
  expect([asked(), pushes.isFollower("another", "secret1")]).toEqual([[true, false], false]);
  await operation.done;
  await delay(0);
  expect(asked()).toEqual([true, false]);
  waits[0]?.resolve();
  await expect.poll(asked).toEqual([false, false]);
});
