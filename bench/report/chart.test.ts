import { expect, test } from "vitest";
import { barChart } from "./chart.ts";
import { entryOf } from "./testing.ts";

const svg = barChart("A <launch>", [entryOf("Lodge", [100, 100]), entryOf("d&o", [200, 400], { peer: "docker" })]);

test("bars are as long as the medians, to the scale of the upper quartile of the longest", () => {
  const widths = [...svg.matchAll(/<rect class="(\w+)".* width="([\d.]+)"/g)].map(([, who, width]) => [who, width]);
  expect(widths).toEqual([
    ["ours", "114.3"],
    ["theirs", "342.9"],
  ]);
});

test("names are escaped, and numbers written out", () => {
  expect(svg).toContain("A &lt;launch&gt;");
  expect(svg).toContain(">d&amp;o</text>");
  expect(svg).toContain(">300 ms</text>");
});
