import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { outOfMemoryScore, setOutOfMemoryScore, shareOutOfMemoryScore } from "./out-of-memory.ts";

test.each([
  ["", 500],
  ["100", 500],
  ["200", 400],
  ["50", 600],
  ["1", 900],
  ["1000000", 100],
])("with shares %j an instance has the score %d", (shares, score) => {
  expect(outOfMemoryScore({ "limits.memory.shares": shares })).toBe(score);
});

test("a process gets a score, never a lower one, and one that has ended none", async () => {
  const [first, second] = [spawn("sleep", ["60"]), spawn("sleep", ["60"])];
  await Promise.all([once(first, "spawn"), once(second, "spawn")]);
  const [a = 0, b = 0] = [first.pid, second.pid];
  const scoreOf = (pid: number) => Number(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8"));
  setOutOfMemoryScore(a, 900);
  setOutOfMemoryScore(a, 800);
  shareOutOfMemoryScore(b, a);
  expect([scoreOf(a), scoreOf(b)]).toEqual([900, 900]);
  const ended = [first, second].map((child) => once(child, "exit"));
  for (const child of [first, second]) child.kill("SIGKILL");
  await Promise.all(ended);
  setOutOfMemoryScore(a, 1000);
  shareOutOfMemoryScore(b, a);
});
