import type { InstanceId } from "@lodge/core";
import { expect, it } from "vitest";
import { projectOf } from "./size-limit.ts";

it.each([
  ["0000002a", 42],
  ["ffeeddcc", 0xffeeddcc],
  ["00000000", 1],
  ["ffffffff", 0xfffffffe],
])("makes a project of instance %s that is neither everybody's nor none", (id, project) => {
  expect(projectOf(id as InstanceId)).toBe(project);
});
