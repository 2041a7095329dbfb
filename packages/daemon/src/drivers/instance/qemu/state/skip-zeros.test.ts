import { expect, test } from "vitest";
import { withoutZeros } from "./skip-zeros.ts";

const growth = "0000:00:1a.0/growth.ram";
const rom = "pc.rom";

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};
const name = (text: string): Buffer => Buffer.from([text.length, ...Buffer.from(text)]);
const content = Buffer.alloc(4096, 7);

/** Pages as QEMU writes them: of a memory that is named, or of that of the page before. */
const page = (at: number, memory?: string) =>
  Buffer.concat([word(at + (memory ? 0x08 : 0x28)), ...(memory ? [name(memory)] : []), content]);
const zero = (at: number, memory?: string) =>
  Buffer.concat([word(at + (memory ? 0x02 : 0x22)), ...(memory ? [name(memory)] : []), Buffer.alloc(1)]);

const footer = Buffer.concat([Buffer.from([0x7e]), number(2)]);
const end = word(0x10);
const section = (type: number, ...pages: Buffer[]) =>
  Buffer.concat([Buffer.from([type]), number(2), ...pages, end, footer]);

const sizes = [word(12_288 + 4), name(growth), word(8192), word(0), name(rom), word(4096), word(0)];
const beginning = Buffer.concat([
  Buffer.from("QEVM"),
  Buffer.from([1]),
  ...[number(2), name("ram"), number(0), number(4), ...sizes, end, footer],
]);
/** Some more sections, of no interest. */
const devices = Buffer.from("\x04 the rest \x02\x03ram");
const stream = (parts: readonly Buffer[], last: readonly Buffer[] = []) =>
  Buffer.concat([beginning, section(2, ...parts), section(3, ...last), devices]);

const kept = (whole: Buffer): Buffer | undefined => {
  const parts = withoutZeros(whole);
  return parts && Buffer.concat(parts);
};

test.each<[string, Buffer, Buffer]>([
  ["of nothing nothing", stream([]), stream([])],
  ["pages of zeros that came", stream([zero(0, growth), zero(4096)]), stream([])],
  [
    "not what is beside them, which is named where its neighbour was not",
    stream([zero(0, growth), page(4096), zero(8192), page(12_288)], [zero(0), page(4096)]),
    stream([page(4096, growth), page(12_288)], [page(4096)]),
  ],
  [
    "no zeros of other memories, which may begin with something else",
    stream([page(0, rom), zero(4096), zero(0, growth), zero(4096), zero(8192, rom)]),
    stream([page(0, rom), zero(4096), zero(8192, rom)]),
  ],
])("leaves out %s", (_, whole, rest) => expect(kept(whole)).toEqual(rest));

test.each<[string, Buffer]>([
  ["without memory", Buffer.from("QEVM and so on")],
  ["that ends early", stream([page(0, growth)]).subarray(0, beginning.length + 2000)],
  ["whose first page is of no memory", stream([page(0)])],
  ["with pages of another kind", stream([Buffer.concat([word(0x40), name(growth), content])])],
  ["with a section of another number", Buffer.concat([beginning, Buffer.from([2]), number(3), end, footer])],
])("leaves a stream alone %s", (_, whole) => expect(withoutZeros(whole)).toBeUndefined());
