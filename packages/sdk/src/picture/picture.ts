/** A picture in memory. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each pixel, by rows from the top. */
  readonly pixels: Uint8Array;
}

/** A text cursor of the largest usual font. */
const cursor = { width: 16, height: 32 };

/** Whether two pictures of a screen show the same, but for a cursor that blinks. */
export function sameScreen(a: Picture, b: Picture): boolean {
  if (a.width !== b.width || a.height !== b.height) return false;
  const { width, height } = changedBox(a, b);
  return width <= cursor.width && height <= cursor.height;
}

/** Size of the smallest box around all pixels that differ; of two pictures of the same size. */
function changedBox(a: Picture, b: Picture): { width: number; height: number } {
  let [left, right, top, bottom] = [a.width, -1, a.height, -1];
  for (let at = 0; at < a.pixels.length; at += 3) {
    if (a.pixels[at] === b.pixels[at] && a.pixels[at + 1] === b.pixels[at + 1] && a.pixels[at + 2] === b.pixels[at + 2])
      continue;
    const x = (at / 3) % a.width;
    const y = Math.floor(at / 3 / a.width);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { width: Math.max(0, right - left + 1), height: Math.max(0, bottom - top + 1) };
}
