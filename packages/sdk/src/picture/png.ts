import { inflateSync } from "node:zlib";
import { LodgeError } from "@lodge/api/errors";
import type { Picture } from "./picture.ts";

const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
/** Samples of a pixel by PNG's colour types: grey, RGB, grey and alpha, RGB and alpha. */
const channelsOf = new Map([
  [0, 1],
  [2, 3],
  [4, 2],
  [6, 4],
]);
/** More than any screen has, and not more than memory. */
const pixelLimit = 64 * 2 ** 20;

/** Decodes what screenshots are: PNG (RFC 2083) with 8 bits a sample, neither with a palette nor interlaced. Alpha is dropped. */
export function decodePng(bytes: Buffer): Picture {
  try {
    return decode(bytes);
  } catch (error) {
    throw new LodgeError({
      code: "internal",
      message: `The screenshot cannot be read: ${String(error)}`,
      cause: error,
    });
  }
}

function decode(bytes: Buffer): Picture {
  if (!bytes.subarray(0, signature.length).equals(signature)) throw new Error("it is no PNG");
  const chunks = [...readChunks(bytes)];
  const header = chunks[0]?.data ?? Buffer.alloc(0);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, colour = -1, , , interlaced] = header.subarray(8);
  const channels = channelsOf.get(colour);
  if (depth !== 8 || interlaced !== 0 || channels === undefined || width * height > pixelLimit) {
    throw new Error(`PNG of ${width}x${height}, ${depth} bits, colour type ${colour} is not supported`);
  }
  const compressed = Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
  const stride = width * channels;
  const lines = inflateSync(compressed, { maxOutputLength: (stride + 1) * height });
  return { width, height, pixels: asRgb(unfilter(lines, stride, height, channels), channels) };
}

function* readChunks(bytes: Buffer): Generator<{ type: string; data: Buffer }> {
  for (let at = signature.length; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    yield { type: bytes.toString("latin1", at + 4, at + 8), data: bytes.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

/** Each line begins with the way in which it was predicted from its neighbours to the left, above and both. */
function unfilter(lines: Buffer, stride: number, height: number, channels: number): Uint8Array {
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = lines.readUInt8(y * (stride + 1));
    const source = y * (stride + 1) + 1;
    const target = y * stride;
    for (let x = 0; x < stride; x++) {
      const left = x < channels ? 0 : (out[target + x - channels] ?? 0);
      const up = y === 0 ? 0 : (out[target + x - stride] ?? 0);
      const corner = y === 0 || x < channels ? 0 : (out[target + x - stride - channels] ?? 0);
      out[target + x] = (lines[source + x] ?? 0) + predict(filter, left, up, corner);
    }
  }
  return out;
}

function predict(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4:
      return paeth(left, up, corner);
    default:
      throw new Error(`unknown filter ${filter}`);
  }
}

/** The neighbour that is nearest to left + up - corner. */
function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function asRgb(samples: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return samples;
  const rgb = new Uint8Array((samples.length / channels) * 3);
  const coloured = channels > 2;
  for (let from = 0, to = 0; from < samples.length; from += channels, to += 3) {
    for (let colour = 0; colour < 3; colour++) rgb[to + colour] = samples[from + (coloured ? colour : 0)] ?? 0;
  }
  return rgb;
}
