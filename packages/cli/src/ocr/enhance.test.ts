import type { Picture } from "@lodge/sdk/picture";
import { expect, test } from "vitest";
import { asPgm, enhance, type GreyPicture, margin } from "./enhance.ts";

type Colour = readonly [red: number, green: number, blue: number];
const black: Colour = [0, 0, 0];
const blue: Colour = [0, 0, 168];
const grey: Colour = [168, 168, 168];
const red: Colour = [168, 0, 0];

const [width, height, line] = [180, 64, 16];

/** Lines of text that are made of strokes two pixels wide, every eighth; each line in colours of its own. */
function screen(lines: readonly { readonly ink: Colour; readonly paper: Colour }[]): Picture {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const { ink, paper } = lines[Math.floor(y / line)] ?? { ink: grey, paper: black };
    for (let x = 0; x < width; x++) pixels.set(isInk(x, y) ? ink : paper, (y * width + x) * 3);
  }
  return { width, height, pixels };
}
const isInk = (x: number, y: number) => x % 8 < 2 && y % line > 2 && y % line < 13;

/** The shade in the middle of what a pixel has become. */
function shadeAt({ pixels, width: wide }: GreyPicture, x: number, y: number): number {
  return pixels[(y * 3 + 1 + margin) * wide + x * 3 + 1 + margin] ?? -1;
}

test("letters of any colours become black on white, line by line", () => {
  const enhanced = enhance(
    screen([
      { ink: grey, paper: black },
      { ink: black, paper: grey },
      { ink: grey, paper: blue },
      { ink: red, paper: grey },
    ]),
  );
  expect(enhanced).toMatchObject({ width: width * 3 + 2 * margin, height: height * 3 + 2 * margin });
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const shade = shadeAt(enhanced, x, y);
      if (isInk(x, y)) expect(shade, `ink at ${x},${y}`).toBeLessThan(60);
      else expect(shade, `paper at ${x},${y}`).toBeGreaterThan(200);
    }
  }
});

test.each([
  [720, 400, 3],
  [1280, 800, 2],
  [2560, 1440, 1],
])("%d by %d is enlarged %d times", (wide, high, times) => {
  const picture = { width: wide, height: high, pixels: new Uint8Array(wide * high * 3) };
  expect(enhance(picture)).toMatchObject({ width: wide * times + 2 * margin, height: high * times + 2 * margin });
});

test("PGM has a header and the pixels", () => {
  const pgm = asPgm({ width: 2, height: 1, pixels: Uint8Array.of(0, 255) });
  expect(pgm.toString("latin1")).toBe("P5\n2 1\n255\n\0\xff");
});
