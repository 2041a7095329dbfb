import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePng } from "./png.ts";

const channelsOf = { 0: 1, 2: 3, 4: 2, 6: 4 } as const;
type Colour = keyof typeof channelsOf;

/** Encodes samples with the given filter on each line; checksums are left empty, nobody looks at them. */
function encodePng(width: number, samples: Uint8Array, colour: Colour, filters: readonly number[], depth = 8): Buffer {
  const channels = channelsOf[colour];
  const stride = width * channels;
  const at = (y: number, x: number) => (y < 0 || x < 0 ? 0 : (samples[y * stride + x] ?? 0));
  const lines = filters.map((filter, y) => {
    const line = Array.from({ length: stride }, (_, x) => {
      const [a, b, c] = [at(y, x - channels), at(y - 1, x), x < channels ? 0 : at(y - 1, x - channels)];
      const p = a + b - c;
      const nearest = [a, b, c].toSorted((m, n) => Math.abs(p - m) - Math.abs(p - n))[0] ?? 0;
      return (at(y, x) - ([0, a, b, (a + b) >> 1, nearest][filter] ?? 0)) & 0xff;
    });
    return Buffer.from([filter, ...line]);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(filters.length, 4);
  header.set([depth, colour, 0, 0, 0], 8);
  const data = deflateSync(Buffer.concat(lines));
  const half = data.length >> 1;
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    ...[chunk("IHDR", header), chunk("tEXt", Buffer.from("a\0b"))],
    ...[chunk("IDAT", data.subarray(0, half)), chunk("IDAT", data.subarray(half)), chunk("IEND", Buffer.alloc(0))],
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)]);
}

const pictures = fc
  .record({
    width: fc.integer({ min: 1, max: 9 }),
    filters: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 7 }),
    colour: fc.constantFrom<Colour[]>(0, 2, 4, 6),
  })
  .chain(({ width, filters, colour }) => {
    const length = width * filters.length * channelsOf[colour];
    return fc.record({
      ...{ width: fc.constant(width), filters: fc.constant(filters), colour: fc.constant(colour) },
      samples: fc.uint8Array({ minLength: length, maxLength: length }),
    });
  });

test("every filter and colour type is undone", () => {
  fc.assert(
    fc.property(pictures, ({ width, filters, colour, samples }) => {
      const picture = decodePng(encodePng(width, samples, colour, filters));
      const channels = channelsOf[colour];
      const rgb = Array.from({ length: width * filters.length }, (_, pixel) =>
        [0, 1, 2].map((each) => samples[pixel * channels + (channels > 2 ? each : 0)]),
      ).flat();
      expect(picture).toEqual({ width, height: filters.length, pixels: Uint8Array.from(rgb.map((s) => s ?? 0)) });
    }),
  );
});

test.each([
  ["no PNG", Buffer.from("GIF89a")],
  ["what ends early", encodePng(2, new Uint8Array(6), 2, [0]).subarray(0, 50)],
  ["16 bits", encodePng(1, new Uint8Array(3), 2, [0], 16)],
  ["a filter that there is none of", encodePng(1, new Uint8Array(3), 2, [7])],
])("%s is refused", (_what, bytes) => expect(() => decodePng(bytes)).toThrow("cannot be read"));
