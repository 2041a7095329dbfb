import { describe, expect, it } from "vitest";
import { archiveFormat, unpackCommand } from "./archive.ts";

describe("archiveFormat", () => {
  const tar = Buffer.alloc(512);
  tar.write("ustar", 257);
  it.each([
    ["hsqs", Buffer.from("hsqs____"), "squashfs"],
    ["xz", Buffer.from("fd377a585a0000", "hex"), "tar.xz"],
    ["zstd", Buffer.from("28b52ffd04", "hex"), "tar.zst"],
    ["gzip", Buffer.from("1f8b08", "hex"), "tar.gz"],
    ["tar", tar, "tar"],
    ["anything else", Buffer.from("PK\x03\x04"), undefined],
    ["nothing", Buffer.alloc(0), undefined],
  ])("knows %s", (_, head, format) => {
    expect(archiveFormat(head)).toBe(format);
  });
});

describe("unpackCommand", () => {
  it("keeps owners and attributes of a tar, without those that steer an overlay", () => {
    const [program, ...args] = unpackCommand("tar.xz", "/i/root.tar.xz", "/p/content");
    expect(program).toBe("tar");
    expect(args).toEqual(expect.arrayContaining(["--xz", "--numeric-owner", "--xattrs-exclude=trusted.*"]));
    expect(args.slice(-2)).toEqual(["--directory=/p/content", "--file=/i/root.tar.xz"]);
  });

  it("unpacks a squashfs into the directory that is there", () => {
    const command = unpackCommand("squashfs", "/i/root.squashfs", "/p/content");
    expect(command[0]).toBe("unsquashfs");
    expect(command.slice(-3)).toEqual(["-dest", "/p/content", "/i/root.squashfs"]);
  });
});
