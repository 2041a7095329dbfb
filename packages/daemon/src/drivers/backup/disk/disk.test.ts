import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../../../system/tar/byte-reader.ts";
import { readTar } from "../../../system/tar/read-tar.ts";
import { archiveEnd, encodeHeader, fileHeader, padding } from "../../../system/tar/tar-header.ts";
import { ownFiles } from "./changed-extents.ts";
import { type Extent, type MapPart, parseMapPart, unionOf, withinExtents } from "./extents.ts";
import { decodeExportSize, decodeOptionReply, decodeReply, encodeGo, encodeRequest } from "./nbd-protocol.ts";
import { portionsOf } from "./receive-changes.ts";
import { differences, windowsOf } from "./receive-disk.ts";
import { diskPieces, entryName, entrySize } from "./sparse-entry.ts";

const damage = (why: string) => new Error(why);
const window = 1 << 20;

describe("extents", () => {
  it.each<[string, Partial<MapPart> | undefined]>([
    [
      '[{ "start": 0, "length": 4096, "depth": 0, "present": true, "zero": false, "data": true, "offset": 1},',
      { start: 0, end: 4096, depth: 0, present: true, zero: false, data: true },
    ],
    [
      '{ "start": 4096, "length": 10, "depth": 1, "present": true, "zero": true, "data": false},',
      { start: 4096, end: 4106, depth: 1, present: true, zero: true, data: false },
    ],
    [
      '{ "start": 4096, "length": 10, "depth": 0, "present": false, "zero": false, "data": false}]',
      { present: false, data: false },
    ],
    ["", undefined],
  ])("%s", (line, part) => {
    if (part) expect(parseMapPart(line)).toMatchObject(part);
    else expect(parseMapPart(line)).toBeUndefined();
  });

  it("of two lists together", () => {
    const one = [
      { start: 0, end: 10 },
      { start: 30, end: 40 },
    ];
    const other = [
      { start: 5, end: 20 },
      { start: 20, end: 25 },
      { start: 50, end: 60 },
    ];
    const union = [
      { start: 0, end: 25 },
      { start: 30, end: 40 },
      { start: 50, end: 60 },
    ];
    expect(unionOf(one, other)).toEqual(union);
    expect(unionOf(other, one)).toEqual(union);
  });

  it.each<[string, string, [number, number]]>([
    ["c>b>a", "x>b>a", [1, 1]],
    ["d>c>b>a", "x>b>a", [2, 1]],
    ["d>a", "x>c>b>a", [1, 3]],
    ["c>b", "y>x", [2, 2]],
  ])("are looked for in the files that %s and %s do not share", (one, other, own) => {
    expect(ownFiles(one.split(">"), other.split(">"))).toEqual(own);
  });

  const extents: Extent[] = [
    { start: 10, end: 20 },
    { start: 30, end: 40 },
    { start: 50, end: 60 },
  ];
  it.each<[number, number, Extent[]]>([
    [0, 10, []],
    [0, 11, [{ start: 10, end: 11 }]],
    [
      15,
      35,
      [
        { start: 15, end: 20 },
        { start: 30, end: 35 },
      ],
    ],
    [20, 30, []],
    [0, 100, extents],
    [59, 100, [{ start: 59, end: 60 }]],
    [60, 100, []],
  ])("from %d to %d", (start, end, found) => {
    expect(withinExtents(extents, { start, end })).toEqual(found);
  });
});

describe("the protocol of block devices", () => {
  it("asks for an export by its name", () => {
    expect(encodeGo("disk").toString("hex")).toBe(
      "00000003" + "49484156454f5054" + "00000007" + "0000000a" + "00000004" + "6469736b" + "0000",
    );
  });

  it("reads answers, and knows what is none", () => {
    const reply = Buffer.from("0003e889045565a9" + "00000007" + "00000003" + "0000000c", "hex");
    expect(decodeOptionReply(reply)).toEqual({ kind: "information", length: 12 });
    expect(decodeOptionReply(Buffer.alloc(20))).toBeUndefined();
    expect(decodeExportSize(Buffer.from("0000" + "0000000040000000" + "0000", "hex"))).toBe(2 ** 30);
    expect(decodeExportSize(Buffer.from("0003" + "0000000040000000" + "0000", "hex"))).toBeUndefined();
    expect(decodeReply(Buffer.from("67446698" + "0000001c" + "0000000000000005", "hex"))).toEqual({
      error: 28,
      handle: 5n,
    });
    expect(decodeReply(Buffer.alloc(3))).toBeUndefined();
  });

  it("writes requests", () => {
    const bytes = encodeRequest({ command: 1, handle: 5n, offset: 2 ** 33, length: 512 });
    expect(bytes.toString("hex")).toBe(
      "25609513" + "0000" + "0001" + "0000000000000005" + "0000000200000000" + "00000200",
    );
  });
});

describe("what differs", () => {
  it("is written, by clusters", () => {
    const present = Buffer.alloc(5 * 65_536);
    const bytes = Buffer.from(present);
    expect(differences(bytes, present)).toEqual([]);
    bytes[65_536] = 1;
    bytes[3 * 65_536 - 1] = 1;
    bytes[4 * 65_536] = 1;
    expect(differences(bytes, present)).toEqual([
      { start: 65_536, end: 3 * 65_536 },
      { start: 4 * 65_536, end: 5 * 65_536 },
    ]);
  });

  it("is put together in portions, and nothing between what comes", async () => {
    async function* pieces() {
      yield { start: 10, bytes: Buffer.from("ab") };
      yield { start: 12, bytes: Buffer.from("c") };
      yield { start: window - 1, bytes: Buffer.from("de") };
      yield { start: 5 * window, bytes: Buffer.from("f") };
    }
    const portions: [number, string][] = [];
    for await (const { start, bytes } of portionsOf(pieces())) portions.push([start, bytes.toString()]);
    expect(portions).toEqual([
      [10, "abc"],
      [window - 1, "d"],
      [window, "e"],
      [5 * window, "f"],
    ]);
  });

  it("is looked for in windows, whatever pieces it comes in", async () => {
    async function* pieces() {
      yield { start: 10, bytes: Buffer.from("ab") };
      yield { start: window - 1, bytes: Buffer.from("cd") };
      yield { start: 3 * window, bytes: Buffer.from("e") };
    }
    const windows: [number, number, string][] = [];
    for await (const { start, bytes } of windowsOf(pieces(), 3 * window + 5))
      windows.push([start, bytes.length, bytes.toString("latin1").replaceAll("\0", "")]);
    expect(windows).toEqual([
      [0, window, "abc"],
      [window, window, "d"],
      [3 * window, 5, "e"],
    ]);
  });
});

describe("a disk in an archive", () => {
  const sparse = (map: string, content: string, size: number) => {
    const whole = Buffer.from(map.padEnd(Math.ceil(map.length / 512) * 512, "\0") + content);
    const pax = new Map([
      ["GNU.sparse.major", "1"],
      ["GNU.sparse.minor", "0"],
      ["GNU.sparse.name", "backup/virtual-machine.img"],
      ["GNU.sparse.realsize", String(size)],
    ]);
    const header = {
      name: "x",
      kind: "0",
      size: whole.length,
      mode: 0,
      uid: 0,
      gid: 0,
      mtime: 0,
      target: "",
      major: 0,
      minor: 0,
      pax,
    };
    return Buffer.concat([encodeHeader(header), whole, padding(whole.length), archiveEnd]);
  };
  const read = async (archive: Buffer, cut = archive.length) => {
    const source = Readable.from(
      Array.from({ length: Math.ceil(archive.length / cut) }, (_, i) => archive.subarray(i * cut, (i + 1) * cut)),
    );
    const found: [number, string][] = [];
    for await (const entry of readTar(new ByteReader(source), damage)) {
      found.push([entrySize(entry.header, damage), entryName(entry.header)]);
      for await (const { start, bytes } of diskPieces(entry, damage))
        if (bytes.length > 0) found.push([start, bytes.toString()]);
    }
    return found;
  };

  it.each([10_000, 1, 600])("has holes where it is zeros, in pieces of %d bytes", async (cut) => {
    const found = await read(sparse("3\n5\n2\n100\n1\n1000\n0\n", "abc", 1000), cut);
    expect(found[0]).toEqual([1000, "backup/virtual-machine.img"]);
    const bytes = new Map(
      found.slice(1).flatMap(([start, text]) => Array.from(text, (letter, i): [number, string] => [start + i, letter])),
    );
    expect([...bytes]).toEqual([
      [5, "a"],
      [6, "b"],
      [100, "c"],
    ]);
  });

  it("may be whole", async () => {
    const plain = Buffer.concat([
      fileHeader("backup/virtual-machine.img", 3),
      Buffer.from("abc"),
      padding(3),
      archiveEnd,
    ]);
    expect(await read(plain)).toEqual([
      [3, "backup/virtual-machine.img"],
      [0, "abc"],
    ]);
  });

  it.each([
    ["1\n0\n2\n", "abc", 10, /longer than its map/],
    ["1\n8\n3\n", "abc", 10, /map .* is damaged/],
    ["2\n5\n2\n4\n1\n", "abc", 10, /map .* is damaged/],
    ["x\n5\n2\n", "abc", 10, /map .* is damaged/],
    ["9\n", "", 10, /map .* is damaged/],
  ])("with the map %j is refused", async (map, content, size, message) => {
    await expect(read(sparse(map, content, size))).rejects.toThrow(message);
  });
});
