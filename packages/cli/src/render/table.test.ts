import { expect, test } from "vitest";
import { renderTable, tableWidth } from "./table.ts";

test("columns are as wide as their widest line; colours take no room", () => {
  const red = (text: string) => `\x1b[31m${text}\x1b[39m`;
  const rows = [
    ["a", red("x"), "1"],
    ["bb", "long\nlonger", "2"],
  ];
  expect(renderTable(["N", "S", "C"], rows, (_colour, text) => text)).toBe(
    `N   S       C\na   ${red("x")}       1\nbb  long    2\n    longer`,
  );
  expect(tableWidth(rows)).toBe(2 + 2 + 6 + 2 + 1);
});
