import { expect, test } from "vitest";
import { parseAssignments } from "./assignments.ts";

test.each([
  [["limits.cpu=2"], { "limits.cpu": "2" }],
  [["limits.cpu=2", "user.a=b=c"], { "limits.cpu": "2", "user.a": "b=c" }],
  [["limits.memory", "2GiB"], { "limits.memory": "2GiB" }],
  [["user.note", "a=b"], { "user.note": "a=b" }],
  [["user.note="], { "user.note": "" }],
])("%j sets %j", (words, expected) => expect(parseAssignments(words)).toEqual(expected));

test.each([[["limits.cpu"]], [["limits.cpu=2", "limits.memory"]], [["=2", "a=b"]]])("%j is refused", (words) => {
  expect(() => parseAssignments(words)).toThrow("sets nothing");
});
