import { EventEmitter, once } from "node:events";
import type { GuestAgent } from "@lodge/qmp";
import { expect, test } from "vitest";
import { GuestMemory } from "./guest-memory.ts";

const meminfo = Buffer.from("MemTotal: 1000 kB\nMemFree: 400 kB\n").toString("base64");

function guest() {
  let now = 0;
  let answers = true;
  const asked = new EventEmitter<{ over: [] }>();
  let connections = 0;
  const agent = {
    async execute(command: string) {
      if (command === "guest-file-open") return 1;
      return command === "guest-file-read" ? { count: 1, "buf-b64": meminfo, eof: true } : {};
    },
    [Symbol.dispose]() {
      setImmediate(() => asked.emit("over"));
    },
  };
  const connect = async () => {
    connections++;
    if (answers) return agent as unknown as GuestAgent;
    setImmediate(() => asked.emit("over"));
    throw new Error("no answer");
  };
  const memory = new GuestMemory({ connect, clock: () => now });
  return {
    at: (time: number) => {
      now = time;
    },
    silence: () => {
      answers = false;
    },
    latest: (busy = true) => memory.latest(busy),
    connections: () => connections,
    over: () => once(asked, "over"),
  };
}

test("nobody waits for a guest: its answer is there the next time", async () => {
  const { latest, over, connections } = guest();
  const first = over();
  expect(latest()).toBeUndefined();
  expect(latest()).toBeUndefined();
  await first;
  expect(latest()).toMatchObject({ at: 0, report: { total: 1_024_000 } });
  expect(connections()).toBe(1);
});

test("one that stands still is asked seldom", async () => {
  const { latest, over, at, connections } = guest();
  const first = over();
  latest();
  await first;
  at(2_000);
  latest(false);
  expect(connections()).toBe(1);
  latest(true);
  expect(connections()).toBe(2);
});

test("one that does not answer is asked more and more seldom, and what it said before counts for a while", async () => {
  const { latest, over, at, silence, connections } = guest();
  const first = over();
  latest();
  await first;
  silence();
  at(1_000);
  const second = over();
  latest();
  await second;
  for (const time of [2_000, 5_900]) {
    at(time);
    expect(latest()).toMatchObject({ at: 0 });
  }
  expect(connections()).toBe(2);
  at(6_100);
  latest();
  expect(connections()).toBe(3);
  at(45_100);
  expect(latest()).toBeUndefined();
});
