import { expect, test } from "vitest";
import { curveChart } from "./curves.ts";

const mebibyte = 2 ** 20;

test("a strip for each, what it has as an area and what it may have as steps", () => {
  const points = [
    { at: 0, used: 0, target: 50 * mebibyte },
    { at: 10, used: 50 * mebibyte, target: 100 * mebibyte },
    { at: 20, used: 400 * mebibyte, target: 100 * mebibyte },
  ];
  const svg = curveChart("on & `off`", [{ name: "<one>", works: { from: 5, to: 15 }, points }], 100 * mebibyte);
  expect(svg).toContain("<title>on &amp; off</title>");
  expect(svg).toContain("&lt;one&gt;");
  // A strip of 64 between 56 and 120; beyond its top is at its top.
  expect(svg).toContain('d="M92 120L92 120L420 88L748 56L748 120Z"');
  expect(svg).toContain('d="M92 88H420V56H748V56"');
  expect(svg).toContain('<rect class="works" x="256" y="56" width="328" height="64"/>');
  expect(svg).toContain(">20 s</text>");
});

test("nothing measured is no picture of nothing", () => {
  expect(curveChart("none", [{ name: "one", works: { from: 0, to: 0 }, points: [] }], 1)).toContain("</svg>");
});
