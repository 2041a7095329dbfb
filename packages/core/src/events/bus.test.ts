import { setTimeout as delay } from "node:timers/promises";
import type { Event, Lifecycle, Requestor } from "@lodge/api";
import { expect, it } from "vitest";
import { EventBus } from "./bus.ts";

const laptop: Requestor = { username: "ab", protocol: "tls", address: "192.0.2.7:49152" };

it("says of lifecycle events who asked for what they come of, and only of these", async () => {
  const bus = new EventBus(() => new Date());
  const seen: Event[] = [];
  bus.subscribe((event) => seen.push(event));
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = async () => {
    bus.lifecycle("instance-created", "/1.0/instances/a");
    await delay(0);
    bus.lifecycle("instance-started", "/1.0/instances/a");
    bus.askedBy(undefined, () => bus.lifecycle("instance-shutdown", "/1.0/instances/a"));
    bus.publish("logging", { message: "x" });
    resolve();
  };
  bus.askedBy(laptop, () => void work());
  bus.lifecycle("instance-deleted", "/1.0/instances/b");
  await promise;
  const of = (action: string) =>
    seen.map(({ metadata }) => metadata as Lifecycle).find((each) => each.action === action)?.requestor;
  expect([of("instance-created"), of("instance-started")]).toEqual([laptop, laptop]);
  expect([of("instance-shutdown"), of("instance-deleted")]).toEqual([undefined, undefined]);
  expect(seen.find(({ type }) => type === "logging")?.metadata).toEqual({ message: "x" });
});
