import { expect, test } from "vitest";
import { entryOf } from "./testing.ts";
import { verdicts, verdictsSummary, verdictsTable } from "./verdicts.ts";

const figure = "first reply";
const records = [
  entryOf("fast", [10, 12, 10]),
  entryOf("slow", [50, 60, 50]),
  {
    ...({ kind: "note", scenario: "launch", figure: "memory", entry: "fast", unit: "MiB" } as const),
    samples: [{ round: 0, value: 3 }],
  },
] as const;

test.each([
  { claim: { figure, entry: "fast", than: "slow", atMost: 0.2 }, verdict: "0.20 × | holds" },
  { claim: { figure, entry: "fast", than: "slow", atMost: 0.1 }, verdict: "0.20 × | **missed**" },
  { claim: { figure, entry: "slow", than: "fast", atMost: 5 }, verdict: "5.0 × | holds" },
  { claim: { figure, entry: "fast", atMost: 9 }, verdict: "10 ms | **missed**" },
  { claim: { figure: "memory", entry: "fast", atMost: 3 }, verdict: "3.0 MiB | holds" },
  { claim: { figure: "memory", entry: "fast", atLeast: 3 }, verdict: "3.0 MiB | holds" },
  { claim: { figure, entry: "slow", than: "fast", atLeast: 6 }, verdict: "5.0 × | **missed**" },
  { claim: { figure, entry: "fast", than: "absent", atMost: 1 }, verdict: " | not measured" },
])("$claim: $verdict", ({ claim, verdict }) => {
  expect(verdictsTable(verdicts([claim], records))).toContain(`| ${verdict} |`);
});

test("without claims there is no table", () => {
  expect(verdictsTable(verdicts([], records))).toBe("");
});

test("a run says of how much what is so", () => {
  const claims = [
    { figure, entry: "fast", than: "slow", atMost: 1 },
    { figure, entry: "slow", than: "fast", atMost: 1 },
    { figure, entry: "absent", atMost: 1 },
  ];
  expect(verdictsSummary(verdicts(claims, records))).toBe("1 hold, 1 missed, 1 not measured");
});
