/**
 * Makes of a screen what tesseract reads well: dark letters on white, some times as large. Screens mix light on dark, dark on light and
 * colours, and their fonts are 16 pixels high; tesseract was trained on printed pages.
 */
import type { Picture } from "@lodge/sdk/picture";

export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  /** 0 is black. */
  readonly pixels: Uint8Array;
}

/** Pixels a side of the squares whose background is looked for; the cells of usual fonts are multiples of it. */
const tile = 4;
/** Tiles around one that are looked at: as high as a line of text, as wide as four letters. */
const around = { x: 4, y: 1 };
/** A line above or below may have another background: what counts more is the tile's own row. */
const rowWeight = 3;
const shades = 16;
const shadeWidth = 256 / shades;
/** Differences of brightness that are no letter, and how much the rest is strengthened. */
const noise = 16;
const strength = 3;
/** Pixels. */
export const margin = 24;
/** Pixels of a picture that is read within a few seconds. */
const readable = 9_000_000;

export function enhance(picture: Picture): GreyPicture {
  const room = readable / (picture.width * picture.height);
  const scale = Math.max(1, Math.min(3, Math.floor(Math.sqrt(room))));
  return framed(enlarge(lettersOf(brightness(picture)), scale));
}

function brightness({ width, height, pixels }: Picture): GreyPicture {
  const grey = new Uint8Array(width * height);
  for (let at = 0, from = 0; at < grey.length; at++, from += 3) {
    grey[at] = 0.299 * (pixels[from] ?? 0) + 0.587 * (pixels[from + 1] ?? 0) + 0.114 * (pixels[from + 2] ?? 0);
  }
  return { width, height, pixels: grey };
}

/** How far each pixel is from the background around it, dark for far. */
function lettersOf(grey: GreyPicture): GreyPicture {
  const { width, height, pixels } = grey;
  const background = backgrounds(grey);
  const columns = Math.ceil(width / tile);
  const letters = new Uint8Array(pixels.length);
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor(y / tile) * columns;
    for (let x = 0; x < width; x++, at++) {
      const behind = background[row + Math.floor(x / tile)] ?? 0;
      const distance = (Math.abs((pixels[at] ?? 0) - behind) - noise) * strength;
      letters[at] = 255 - Math.max(0, Math.min(255, distance));
    }
  }
  return { width, height, pixels: letters };
}

/** Of the shades in each tile the one that is commonest around it: letters cover less than what they stand on. */
function backgrounds(grey: GreyPicture): Uint8Array {
  const columns = Math.ceil(grey.width / tile);
  const rows = Math.ceil(grey.height / tile);
  const counts = countShades(grey, columns, rows);
  const background = new Uint8Array(columns * rows);
  const sums = new Uint32Array(shades);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      sums.fill(0);
      for (let y = Math.max(0, row - around.y); y <= Math.min(rows - 1, row + around.y); y++) {
        const weight = y === row ? rowWeight : 1;
        const first = (y * columns + Math.max(0, column - around.x)) * shades;
        const last = (y * columns + Math.min(columns - 1, column + around.x) + 1) * shades;
        for (let slot = first; slot < last; slot++) {
          const shade = slot % shades;
          sums[shade] = (sums[shade] ?? 0) + weight * (counts[slot] ?? 0);
        }
      }
      background[row * columns + column] = sums.indexOf(Math.max(...sums)) * shadeWidth + shadeWidth / 2;
    }
  }
  return background;
}

/** How often each shade is in each tile. */
function countShades({ width, height, pixels }: GreyPicture, columns: number, rows: number): Uint8Array {
  const counts = new Uint8Array(columns * rows * shades);
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor(y / tile) * columns;
    for (let x = 0; x < width; x++, at++) {
      const slot = (row + Math.floor(x / tile)) * shades + Math.floor((pixels[at] ?? 0) / shadeWidth);
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
  }
  return counts;
}

/** Bilinear. */
function enlarge({ width, height, pixels }: GreyPicture, scale: number): GreyPicture {
  const [wide, high] = [width * scale, height * scale];
  const [across, down] = [neighbours(width, scale), neighbours(height, scale)];
  const out = new Uint8Array(wide * high);
  let at = 0;
  for (const { first: top, second: bottom, share: below } of down) {
    for (const { first: left, second: right, share: beside } of across) {
      const upper = mix(pixels[top * width + left] ?? 0, pixels[top * width + right] ?? 0, beside);
      const lower = mix(pixels[bottom * width + left] ?? 0, pixels[bottom * width + right] ?? 0, beside);
      out[at++] = mix(upper, lower, below);
    }
  }
  return { width: wide, height: high, pixels: out };
}

/** For each pixel of an enlarged line the two of the line that it lies between, and how near it is to the second. */
function neighbours(length: number, scale: number) {
  return Array.from({ length: length * scale }, (_, index) => {
    const position = Math.min(length - 1, Math.max(0, (index + 0.5) / scale - 0.5));
    const first = Math.floor(position);
    return { first, second: Math.min(length - 1, first + 1), share: position - first };
  });
}

const mix = (first: number, second: number, share: number): number => first + (second - first) * share;

/** With a white margin: letters at the very edge are misread. */
function framed({ width, height, pixels }: GreyPicture): GreyPicture {
  const [wide, high] = [width + 2 * margin, height + 2 * margin];
  const out = new Uint8Array(wide * high).fill(255);
  for (let y = 0; y < height; y++) {
    out.set(pixels.subarray(y * width, (y + 1) * width), (y + margin) * wide + margin);
  }
  return { width: wide, height: high, pixels: out };
}

/** Netpbm's grey format, which needs no encoder. */
export function asPgm({ width, height, pixels }: GreyPicture): Buffer {
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), pixels]);
}
