import { expect, test } from "vitest";
import { readSummary } from "./system-calls.ts";

test("calls, and the programs among them that were started", () => {
  const summary = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ------------------
 60.00    0.000300           2       120        10 openat
 30.00    0.000150          10        15         4 execve
 10.00    0.000050           5        10           close
------ ----------- ----------- --------- --------- ------------------
100.00    0.000500           3       145        14 total
`;
  expect(readSummary(summary)).toEqual({ calls: 145, programs: 11 });
});

test("nothing at all", () => expect(readSummary("")).toEqual({ calls: 0, programs: 0 }));
