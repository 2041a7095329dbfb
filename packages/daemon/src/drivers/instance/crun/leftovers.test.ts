import type { InstanceId } from "@lodge/core";
import { expect, test } from "vitest";
import { LodgePaths } from "../../../system/paths.ts";
import { runtimeProcesses, withDescendants } from "./leftovers.ts";
import { runPaths } from "./run-paths.ts";

const paths = runPaths(new LodgePaths("/var/lib/lodge"), "00000001" as InstanceId);
const root = "--root=/var/lib/lodge/run/00000001/crun";
const make = (pid: number, parent: number, ...command: string[]) => ({ pid, startTime: 1, parent, command });
const monitor = make(10, 1, "conmon", "--runtime-arg", root);
const waiting = make(20, 1, "crun", root, "exec", "00000001");
const command = make(21, 20, "sleep", "999");
const child = make(22, 21, "sleep", "1");
const other = make(30, 1, "conmon", "--runtime-arg", "--root=/var/lib/lodge/run/00000002/crun");
const named = make(40, 1, "cat", `${root}/x`);
const all = [monitor, waiting, child, command, other, named];

test("a run's conmon and crun are told by their state directory", () => {
  expect(runtimeProcesses(all, paths)).toEqual([monitor, waiting]);
});

test("what they started belongs to them", () => {
  expect(withDescendants(all, [waiting])).toEqual([waiting, command, child]);
  expect(withDescendants(all, [])).toEqual([]);
});
