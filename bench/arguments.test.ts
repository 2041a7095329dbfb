import { expect, test } from "vitest";
import { readArguments } from "./arguments.ts";
import type { Scenario } from "./scenario.ts";
import { selectScenarios } from "./select.ts";

const entry = (peer: string) => ({
  name: `by ${peer}`,
  peer,
  open: () => Promise.reject(new Error("not opened here")),
});
const scenario = (name: string, quick: number, ...peers: readonly string[]): Scenario => ({
  ...{ name, title: name, about: "" },
  rounds: { quick, full: 9 },
  entries: ["lodge", ...peers].map(entry),
});
const all = [
  scenario("vm-launch", 3, "qemu"),
  scenario("vm-burst", 0, "qemu"),
  scenario("container", 5, "docker", "lxd"),
];

function selected(...words: readonly string[]): string[] {
  return selectScenarios(all, readArguments(words)).map(
    ({ name, rounds, entries }) =>
      `${name} ${rounds.quick}/${rounds.full} ${entries.map(({ peer }) => peer).join("+")}`,
  );
}

test.each([
  { words: [], names: ["vm-launch 3/9 lodge+qemu", "vm-burst 0/9 lodge+qemu", "container 5/9 lodge+docker+lxd"] },
  { words: ["--quick"], names: ["vm-launch 3/9 lodge+qemu", "container 5/9 lodge+docker+lxd"] },
  { words: ["--scenario", "vm", "--quick"], names: ["vm-launch 3/9 lodge+qemu", "vm-burst 1/9 lodge+qemu"] },
  { words: ["--scenario", "container", "--peer", "lxd"], names: ["container 5/9 lodge+lxd"] },
  { words: ["--scenario=container", "--rounds=2", "--peer=docker"], names: ["container 2/2 lodge+docker"] },
])("$words", ({ words, names }) => {
  expect(selected(...words)).toEqual(names);
});

test.each([
  [["--scenario", "vmx"], "no scenario vmx"],
  [["--peer", "hyperv"], "no peer hyperv; there are docker, lodge, lxd, qemu"],
  [["--rounds", "0"], "--rounds takes a number from 1 up, not 0"],
  [["--fast"], "'--fast'"],
  [["vm"], "vm"],
])("%j is refused", (words, message) => {
  expect(() => selected(...words)).toThrow(TypeError);
  expect(() => selected(...words)).toThrow(message);
});
