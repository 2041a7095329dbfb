import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { beginMark, chartsOf, endMark, fillPage, measurementsSection, newest } from "./page.ts";
import { readRuns } from "./records.ts";
import { entryOf, runOf, scenarioOf } from "./testing.ts";

test("what people wrote stays", () => {
  const page = `# Speed\n\n${beginMark}\nold\n${endMark}\n\nThe end.\n`;
  const filled = `# Speed\n\n${beginMark}\n\nnew\n\n${endMark}\n\nThe end.\n`;
  expect(fillPage(page, "new")).toBe(filled);
  expect(fillPage(filled, "new")).toBe(filled);
  expect(() => fillPage("# Speed\n", "new")).toThrow("has no <!-- made by");
});

test("of each scenario the newest measurement counts", () => {
  const runs = [
    runOf([entryOf("Lodge", [10])]),
    runOf([entryOf("Lodge", [30])]),
    [...runOf([]).slice(0, 1), scenarioOf({ scenario: "copy" }), entryOf("Lodge", [7], { scenario: "copy" })],
  ];
  const section = measurementsSection(newest(runs), "charts");
  expect(section).toContain("| Lodge | 30 ms |");
  expect(section).toContain("| Lodge | 7.0 ms |");
  expect(section).not.toContain("10 ms");
  expect([...chartsOf(newest(runs)).keys()]).toEqual(["launch.svg", "copy.svg"]);
});

test("a section says on what it was measured, and what was not", () => {
  const missing = { kind: "missing", scenario: "launch", entry: "docker run", peer: "docker" } as const;
  const [run, , ...rest] = runOf([
    { kind: "peer", peer: "lodge", versions: { QEMU: "7.2" } },
    { kind: "peer", peer: "lxd", versions: { LXD: "5.0.2" } },
    entryOf("Lodge", [10]),
    { ...missing, reason: "it is not installed", failed: false },
  ]);
  if (!run) throw new Error("no run");
  const section = measurementsSection(newest([[run, scenarioOf({ others: 0.42 }), ...rest]]), "charts");
  expect(section).toContain("## A launch\n\nHow.\n\n![first reply](charts/launch.svg)\n\n|");
  expect(section).toContain("- Not measured: docker run. it is not installed.");
  expect(section).toContain(
    "<sub>2026-01-02, Lodge abcdef; 2 × Some CPU, 16 GiB, Debian 12, Linux 6.1, ext4; QEMU 7.2; **measured under load**: others used 42 %",
  );
});

test("the page in docs follows from the published results", () => {
  const checkout = join(import.meta.dirname, "..", "..");
  const page = readFileSync(join(checkout, "docs", "explanation", "performance.md"), "utf8");
  const measurements = newest(readRuns(join(checkout, "bench", "results")));
  expect(page).toBe(fillPage(page, measurementsSection(measurements, "performance")));
  for (const [name, svg] of chartsOf(measurements)) {
    expect(readFileSync(join(checkout, "docs", "explanation", "performance", name), "utf8")).toBe(svg);
  }
});
