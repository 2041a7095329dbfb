import { expect, test } from "vitest";
import { duration, size } from "./figures.ts";
import { notesTable, timesTable } from "./table.ts";
import { inColumns } from "./terminal.ts";
import { entryOf } from "./testing.ts";

test.each([
  [0.44, "0.4 ms"],
  [9.94, "9.9 ms"],
  [312.4, "312 ms"],
  [1840, "1.84 s"],
])("%f ms are written %s", (value, written) => {
  expect(duration(value)).toBe(written);
});

test.each([
  [2 ** 20 * 5.5, "5.5 MiB"],
  [2 ** 20 * 84, "84 MiB"],
  [2 ** 30 * 1.5, "1.5 GiB"],
])("%d bytes are written %s", (value, written) => {
  expect(size(value)).toBe(written);
});

test("the first way of each thing is what the others are compared with", () => {
  const entries = [
    entryOf("Lodge", [10, 20, 10]),
    entryOf("docker", [50, 100, 60]),
    entryOf("Lodge", [400], { figure: "delete" }),
    entryOf("a | b", [20], { figure: "delete" }),
  ];
  expect(timesTable(entries)).toBe(
    [
      "|  | way | median | half of the rounds | compared | CPU | memory | rounds |",
      "| --- | --- | --- | --- | --- | --- | --- | --- |",
      "| first reply | Lodge | 10 ms | 10 ms – 15 ms | 1 | 0.25 s | 64 MiB | 3 |",
      "|  | docker | 60 ms | 55 ms – 80 ms | 5.0 × (5.0 – 5.5) | 0.25 s | 64 MiB | 3 |",
      "| delete | Lodge | 400 ms |  | 1 | 0.25 s | 64 MiB | 1 |",
      "|  | a \\| b | 20 ms |  | 0.05 × | 0.25 s | 64 MiB | 1 |",
    ].join("\n"),
  );
});

test("notes have their own units", () => {
  const samples = [30, 40, 50].map((value, round) => ({ round, value }));
  const note = { kind: "note", scenario: "launch", figure: "PSS", entry: "fork", unit: "MiB", samples } as const;
  expect(notesTable([note]).split("\n").at(-1)).toBe("| PSS | fork | 40 MiB | 30 – 50 |");
  expect(notesTable([])).toBe("");
});

test("on a terminal the columns stand under each other", () => {
  expect(inColumns("| a | bb |\n| --- | --- |\n| ccc |  |\n|  | d |")).toBe("  a    bb\n  ───  ──\n  ccc\n       d");
});
