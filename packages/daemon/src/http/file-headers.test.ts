import { describe, expect, it } from "vitest";
import { parseFileHeaders, renderFileHeaders } from "./file-headers.ts";

describe("file headers", () => {
  it.each([
    ["0644", 0o644],
    ["644", 644],
    ["420", 0o644],
    ["0o755", 0o755],
    ["1777", 0o1777],
    ["0000", 0],
    ["0", 0],
    ["-1", undefined],
    ["", undefined],
  ])("reads the mode %j", (text, mode) => {
    expect(parseFileHeaders({ "x-lxd-mode": text }).mode).toBe(mode);
  });

  it("reads the headers of both clients, and none", () => {
    expect(parseFileHeaders({ "x-incus-uid": "1000", "x-lxd-gid": "7", "x-incus-write": "append" })).toEqual({
      uid: 1000,
      gid: 7,
      type: "file",
      append: true,
    });
    expect(parseFileHeaders({})).toEqual({ type: "file", append: false });
  });

  it.each([{ "x-lxd-mode": "8888" }, { "x-lxd-mode": "0x1ff" }, { "x-lxd-uid": "4294967295" }, { "x-lxd-gid": "-2" }])(
    "refuses %j",
    (headers) => {
      expect(() => parseFileHeaders(headers)).toThrow(/must be/);
    },
  );

  it("writes four octal digits", () => {
    const headers = renderFileHeaders({ type: "file", uid: 0, gid: 5, mode: 0o4755, size: 1 });
    expect(headers).toMatchObject({ "X-LXD-mode": "4755", "X-Incus-gid": "5", "X-LXD-type": "file" });
  });
});
