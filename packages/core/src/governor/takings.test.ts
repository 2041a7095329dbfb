import { expect, it } from "vitest";
import type { InstanceId } from "../instances/driver.ts";
import type { MoveKind } from "./policy.ts";
import { Takings } from "./takings.ts";

const [a, b] = ["a" as InstanceId, "b" as InstanceId];

function begin() {
  let now = 0;
  const takings = new Takings(() => new Date(now));
  const note = (id: InstanceId, may: number, kind: MoveKind = "take") =>
    takings.note([{ move: { id, kind, from: 100, to: 50 }, may, at: new Date(now) }]);
  return { takings, note, pass: (milliseconds: number) => void (now += milliseconds) };
}

it("knows for a second when something was taken from whom", () => {
  const { takings, note, pass } = begin();
  note(a, 50);
  note(b, 50, "room");
  pass(250);
  expect([takings.restOf(a), takings.restOf(b)]).toEqual([0.25, 1]);
  pass(1000);
  expect(takings.restOf(a)).toBe(1);
});

it("leaves one alone for a while that gave nothing twice, and not one that gave something between", () => {
  const { takings, note, pass } = begin();
  note(a, 100);
  note(b, 100);
  note(b, 90);
  expect(takings.isStuck(a)).toBe(false);
  pass(1000);
  note(a, 100);
  note(b, 100);
  expect([takings.isStuck(a), takings.isStuck(b)]).toEqual([true, false]);
  pass(30_000);
  expect(takings.isStuck(a)).toBe(false);
});

it("a clock that was set back makes nobody rest for ever", () => {
  const { takings, note, pass } = begin();
  pass(10_000);
  note(a, 50);
  pass(-9_000);
  expect(takings.restOf(a)).toBe(1);
});
