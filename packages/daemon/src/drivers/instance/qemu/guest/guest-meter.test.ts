import { expect, it } from "vitest";
import type { GuestFigures } from "./guest-figures.ts";
import { GuestMeter } from "./guest-meter.ts";

const figures = (MemTotal: number): GuestFigures => ({ memory: { MemTotal }, fileSystems: [] });

it("asks once for all who want to know within four seconds", async () => {
  let [time, asked] = [0, 0];
  const meter = new GuestMeter(
    async () => figures(++asked),
    () => time,
  );
  expect((await Promise.all([meter.figures(), meter.figures()])).map((each) => each?.memory.MemTotal)).toEqual([1, 1]);
  time = 3000;
  expect((await meter.figures())?.memory.MemTotal).toBe(1);
  time = 5000;
  expect((await meter.figures())?.memory.MemTotal).toBe(2);
});

it("waits for no guest that is slow, and has its answer later", async () => {
  let time = 0;
  const answer = Promise.withResolvers<GuestFigures>();
  let asked = 0;
  const meter = new GuestMeter(
    () => {
      asked++;
      return answer.promise;
    },
    () => time,
  );
  expect(await meter.figures()).toBeUndefined();
  expect(await meter.figures()).toBeUndefined();
  expect(asked).toBe(1);
  answer.resolve(figures(7));
  await expect.poll(async () => (await meter.figures())?.memory.MemTotal).toBe(7);
  time = 70_000;
});

it("forgets what a guest said a minute ago when it says nothing more", async () => {
  let time = 0;
  let silent = false;
  const meter = new GuestMeter(
    () => (silent ? Promise.reject(new Error("frozen")) : Promise.resolve(figures(1))),
    () => time,
  );
  await meter.figures();
  silent = true;
  time = 30_000;
  expect((await meter.figures())?.memory.MemTotal).toBe(1);
  time = 61_000;
  expect(await meter.figures()).toBeUndefined();
});

it("asks a guest that says nothing more and more seldom, and at first soon again", async () => {
  let time = 0;
  const asked: number[] = [];
  const meter = new GuestMeter(
    () => {
      asked.push(time / 1000);
      return Promise.reject(new Error("no agent"));
    },
    () => time,
  );
  for (; time <= 200_000; time += 1_000) await meter.figures();
  expect(asked).toEqual([0, 2, 6, 14, 30, 62, 122, 182]);
});
