/** Pictures of screens: read, compared, kept for who wants to see them. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Three bytes a pixel: red, green, blue. */
  readonly pixels: Buffer;
}

/** A binary PPM, as QEMU's screendump writes it. */
export function parsePicture(ppm: Buffer): Picture {
  const header = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(ppm.toString("latin1", 0, 64));
  if (!header) throw new Error("not a picture");
  return { width: Number(header[1]), height: Number(header[2]), pixels: ppm.subarray(header[0].length) };
}

/** Which part of the pixels is another colour; 1 when the screens have other sizes. A cursor is about 0.0001. */
export function difference(one: Picture, other: Picture): number {
  const { width, height } = one;
  if (width !== other.width || height !== other.height) return 1;
  let different = 0;
  for (let at = 0; at < width * height * 3; at += 3)
    if (one.pixels.compare(other.pixels, at, at + 3, at, at + 3) !== 0) different++;
  return different / (width * height);
}

/** Keeps a PNG in the folder LODGE_TEST_PICTURES, if that is set. */
export async function keepPicture(name: string, png: Buffer): Promise<void> {
  const folder = process.env["LODGE_TEST_PICTURES"];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.png`), png);
}
