import { expect, it } from "vitest";
import {
  defaultFor,
  groupsOf,
  isSet,
  isWanted,
  type KeyOfTable,
  problemsOf,
  realEdits,
  settingsOf,
  withEdits,
} from "./settings.ts";

const key = (name: string): KeyOfTable => ({
  ...{ key: name, doc: `About ${name}.`, default: "" },
  check: (value) => (value === "bad" ? "is bad" : undefined),
});
const table = ["limits.cpu", "limits.memory", "boot.autostart", "user.*"].map(key);
const layers = [
  { name: "profile a", values: { "limits.cpu": "1", "user.x": "y" } },
  { name: "profile b", values: { "limits.cpu": "2" } },
];

it("knows where each value comes from", () => {
  const settings = settingsOf(table, { "limits.memory": "1GiB", "limits.cpu": "4" }, layers);
  expect(settings.map(({ key: name, value, inherited }) => [name, value, inherited?.from, inherited?.value])).toEqual([
    ["limits.cpu", "4", "profile b", "2"],
    ["limits.memory", "1GiB", undefined, undefined],
    ["boot.autostart", undefined, undefined, undefined],
    ["user.x", undefined, "profile a", "y"],
  ]);
  expect(settings.filter(isSet)).toHaveLength(3);
  expect(groupsOf(settings).map(({ title }) => title)).toEqual(["Limits", "Start and stop", "Free for the user"]);
});

it("has a row for a key that is being added", () =>
  expect(settingsOf(table, {}, [], { "user.new": "" }).map((each) => each.key)).toContain("user.new"));

it.each([
  ["memory", 1],
  ["about LIMITS", 2],
  ["limits 1gib", 1],
  ["nothing", 0],
])("finds by %s %d", (words, count) =>
  expect(settingsOf(table, { "limits.memory": "1GiB" }, []).filter((each) => isWanted(each, words))).toHaveLength(
    count,
  ),
);

it.each([
  ["containers: all; VMs: 1", "container", "all"],
  ["containers: no limit; virtual machines: the image's", "virtual-machine", "the image's"],
  ["100%", "container", "100%"],
] as const)("of the default %s, a %s has %s", (words, type, part) => expect(defaultFor(words, type)).toBe(part));

it("joins changes and values", () => {
  const own = { a: "1", b: "2" };
  const edits = { a: "1", b: "", c: "3", d: "" };
  expect(withEdits(own, edits)).toEqual({ a: "1", c: "3" });
  expect(realEdits(own, edits)).toEqual({ b: "", c: "3" });
});

it("says what is wrong with what was typed, and nothing of what was there", () =>
  expect([...problemsOf(settingsOf(table, { "limits.cpu": "bad" }, []), { "limits.memory": "bad" })]).toEqual([
    ["limits.memory", "is bad"],
  ]));
