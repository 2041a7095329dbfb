import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { encodePax, parsePax } from "./pax.ts";
import { readTar } from "./read-tar.ts";
import { encodeBlock, parseBlock, type TarBlock } from "./tar-block.ts";
import { archiveEnd, directoryHeader, encodeHeader, fileHeader, padding, type TarHeader } from "./tar-header.ts";
import { withoutEnd } from "./without-end.ts";

const damage = (why: string) => new Error(why);
const fields: TarBlock = {
  name: "etc/passwd",
  kind: "0",
  size: 5,
  mode: 0o4755,
  uid: 33,
  gid: 65_534,
  mtime: 1_700_000_000,
  target: "",
  major: 0,
  minor: 0,
};
const file = (name: string, content: string, more: Partial<TarHeader> = {}) =>
  Buffer.concat([fileHeader(name, content.length, more), Buffer.from(content), padding(content.length)]);

/** Every way in which the bytes may be cut into pieces of that size. */
const cut = (bytes: Buffer, size: number) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size)),
  );

async function read(bytes: Buffer, size = bytes.length) {
  const entries: { header: TarHeader; content: string }[] = [];
  for await (const { header, pieces } of readTar(new ByteReader(cut(bytes, size)), damage)) {
    let content = "";
    for await (const piece of pieces()) content += piece.toString("latin1");
    entries.push({ header, content });
  }
  return entries;
}

describe("blocks", () => {
  it("are what they say, and nothing else", () => {
    expect(parseBlock(encodeBlock(fields))).toEqual(fields);
    const other = encodeBlock(fields);
    other[0] = 0x66;
    expect(parseBlock(other)).toBeUndefined();
    expect(parseBlock(Buffer.alloc(512, 7))).toBeUndefined();
  });

  it("hold numbers of GNU tar's that are too large for digits", () => {
    const block = encodeBlock(fields);
    block.set([0x80, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0], 124);
    block.write("        ", 148, "latin1");
    block.write(
      `${block
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
      148,
      "latin1",
    );
    expect(parseBlock(block)?.size).toBe(0x10_0000_0000);
  });
});

describe("pax headers", () => {
  it.each([
    [new Map([["path", "a"]])],
    [
      new Map([
        ["path", "x".repeat(90)],
        ["SCHILY.xattr.user.a", "\0\xff=\n"],
      ]),
    ],
    [new Map([["k", "x".repeat(1000)]])],
  ])("come back as they were", (records) => {
    expect(parsePax(encodePax(records))).toEqual(records);
  });

  it.each(["8 path=a\n", "8 path=a", "x path=a\n", "5 a=\n7 b=", "6 =ab\n"])("refuses %j", (text) => {
    expect(parsePax(Buffer.from(text))).toBeUndefined();
  });
});

describe("archives", () => {
  const long = `${"d/".repeat(80)}\xe4\xff`;
  const pax = new Map([["SCHILY.xattr.security.capability", "\x01\0\0\x02"]]);
  const archive = Buffer.concat([
    directoryHeader("a", { uid: 3_000_000 }),
    file("a/one", "1".repeat(700)),
    encodeHeader({ ...fields, name: "a/two", kind: "1", size: 0, target: long, pax: new Map() }),
    file(long, "content", { pax }),
    archiveEnd,
  ]);

  it.each([archive.length, 1, 7, 512, 1000])("are read in pieces of %d bytes", async (size) => {
    const entries = await read(archive, size);
    expect(entries.map(({ header, content }) => [header.name, header.kind, content.length])).toEqual([
      ["a/", "5", 0],
      ["a/one", "0", 700],
      ["a/two", "1", 0],
      [long, "0", 7],
    ]);
    expect(entries[0]?.header.uid).toBe(3_000_000);
    expect(entries[2]?.header.target).toBe(long);
    expect(entries[3]?.header.pax).toEqual(pax);
  });

  it("may be skipped over", async () => {
    const names: string[] = [];
    for await (const { header } of readTar(new ByteReader(cut(archive, 100)), damage)) names.push(header.name);
    expect(names).toHaveLength(4);
  });

  it.each([0, 511, 512, 1300, archive.length - 512, archive.length - 1])(
    "cut after %d bytes are damaged",
    async (size) => {
      await expect(read(archive.subarray(0, size))).rejects.toThrow("it ends early");
    },
  );

  it.each([
    ["a header for all", encodeHeader({ ...fields, kind: "g", size: 0, pax: new Map() }), /all that follows/],
    ["a directory with a content", encodeHeader({ ...fields, kind: "5", size: 5, pax: new Map() }), /has a content/],
    ["a size of letters", file("a", "", { pax: new Map([["size", "0x10"]]) }), /its size is/],
    ["two names", Buffer.concat([file("L", "a\0", { kind: "L" }), file("L", "b\0", { kind: "L" })]), /two headers/],
    ["a header that is far too long", fileHeader("x", 1 << 30, { kind: "x" }), /far too long/],
  ])("with %s are refused", async (_, bytes, message) => {
    await expect(read(Buffer.concat([bytes, archiveEnd]))).rejects.toThrow(message);
  });

  it.each([1, 7, 512, 1000, 5000])("lose their end, in pieces of %d bytes", async (size) => {
    const padded = Buffer.concat([archive, Buffer.alloc(9000)]);
    const pieces: Buffer[] = [];
    for await (const piece of withoutEnd(cut(padded, size), damage)) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(archive.subarray(0, -1024))).toBe(true);
    const endless = async () => {
      for await (const _ of withoutEnd(cut(archive.subarray(0, -1024), size), damage)) continue;
    };
    await expect(endless()).rejects.toThrow("no end");
  });
});

it("counts bytes of pieces that become others when the next is asked for", async () => {
  async function* pieces() {
    const buffer = Buffer.alloc(3);
    for (const text of ["abc", "def", "ghi", "j"]) yield buffer.subarray(0, buffer.write(text));
  }
  const reader = new ByteReader(pieces());
  const read = async (count: number) => (await reader.read(count)).toString();
  expect([await read(2), await read(6), await read(1), await read(5)]).toEqual(["ab", "cdefgh", "i", "j"]);
});
