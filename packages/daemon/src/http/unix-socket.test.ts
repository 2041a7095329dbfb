import { describe, expect, it } from "vitest";
import { groupId, refuseLongPath } from "./unix-socket.ts";

describe("the unix socket", () => {
  it.each([
    ["root:x:0:\nlodge:x:998:ann,bob\n", 998],
    ["lodgers:x:7:\n", undefined],
    ["lodge:x::\n", undefined],
    ["", undefined],
  ])("finds the group in %j", (text, gid) => {
    expect(groupId(text, "lodge")).toBe(gid);
  });

  it("takes a path of 107 bytes and no more, counted in bytes", () => {
    expect(() => refuseLongPath(`/${"x".repeat(106)}`)).not.toThrow();
    expect(() => refuseLongPath(`/${"x".repeat(107)}`)).toThrow(/107/);
    expect(() => refuseLongPath(`/${"ä".repeat(54)}`)).toThrow(/109 bytes/);
  });
});
