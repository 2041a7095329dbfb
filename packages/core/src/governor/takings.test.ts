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

it("leaves one alone for a while that gave nothing for some seconds, however often it was asked", () => {
  const { takings, note, pass } = begin();
  for (let i = 0; i < 20; i++, pass(250)) {
    expect(takings.isStuck(a)).toBe(false);
    note(a, 100);
  }
  note(a, 100);
  expect(takings.isStuck(a)).toBe(true);
  pass(30_000);
  expect(takings.isStuck(a)).toBe(false);
});

it.each<[string, number, MoveKind]>([
  ["gave something", 90, "take"],
  ["was not asked", 100, "grow"],
])("and not one that %s between", (_what, may, kind) => {
  const { takings, note, pass } = begin();
  note(a, 100);
  pass(3000);
  note(a, may, kind);
  pass(3000);
  note(a, 100);
  expect(takings.isStuck(a)).toBe(false);
});

it("a clock that was set back makes nobody rest for ever", () => {
  const { takings, note, pass } = begin();
  pass(10_000);
  note(a, 50);
  pass(-9_000);
  expect(takings.restOf(a)).toBe(1);
});
