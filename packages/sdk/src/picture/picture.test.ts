import { expect, test } from "vitest";
import { type Picture, sameScreen } from "./picture.ts";

/** 80 columns of 9 and 25 rows of 16 pixels, black but for boxes. */
function screen(...boxes: readonly (readonly [x: number, y: number, width: number, height: number])[]): Picture {
  const [width, height] = [720, 400];
  const pixels = new Uint8Array(width * height * 3);
  for (const [left, top, wide, high] of boxes) {
    for (let y = top; y < top + high; y++) pixels.fill(200, (y * width + left) * 3, (y * width + left + wide) * 3);
  }
  return { width, height, pixels };
}

test.each<[string, Picture, Picture, boolean]>([
  ["the same", screen([9, 16, 300, 12]), screen([9, 16, 300, 12]), true],
  ["a cursor that blinks", screen([9, 16, 300, 12]), screen([9, 16, 300, 12], [0, 46, 9, 2]), true],
  ["a cursor that went to the next line", screen([0, 46, 9, 2]), screen([0, 62, 9, 2]), true],
  ["two letters that changed", screen([9, 16, 9, 12]), screen([9, 16, 9, 12], [18, 16, 18, 12]), false],
  ["small changes far apart", screen(), screen([0, 0, 1, 1], [719, 399, 1, 1]), false],
  ["another size", screen(), { width: 640, height: 480, pixels: new Uint8Array(640 * 480 * 3) }, false],
])("%s", (_what, a, b, same) => expect(sameScreen(a, b)).toBe(same));
