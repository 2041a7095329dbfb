import { expect, test } from "vitest";
import { chooseMachineType, parseQ35Types, parseQemuVersion } from "./machine-types.ts";

const help = `Supported machines are:
microvm              microvm (i386)
pc                   Standard PC (i440FX + PIIX, 1996) (alias of pc-i440fx-7.2)
q35                  Standard PC (Q35 + ICH9, 2009) (alias of pc-q35-7.2)
pc-q35-2.12          Standard PC (Q35 + ICH9, 2009)
pc-q35-7.1           Standard PC (Q35 + ICH9, 2009)
pc-q35-10.0          Standard PC (Q35 + ICH9, 2009)
pc-q35-4.0.1         Standard PC (Q35 + ICH9, 2009)
none                 empty machine
`;

test("finds the versioned q35 types, newest first", () => {
  expect(parseQ35Types(help)).toEqual(["pc-q35-10.0", "pc-q35-7.1", "pc-q35-4.0.1", "pc-q35-2.12"]);
  expect(parseQ35Types("")).toEqual([]);
});

test.each([
  [["pc-q35-10.0", "pc-q35-7.1"], "pc-q35-7.1", "pc-q35-7.1"],
  [["pc-q35-10.0"], "pc-q35-7.1", "pc-q35-10.0"],
  [["pc-q35-10.0", "pc-q35-7.1"], undefined, "pc-q35-10.0"],
  [[], undefined, undefined],
])("of %j with %s recorded it takes %s", (known, recorded, chosen) => {
  expect(chooseMachineType(known, recorded)).toBe(chosen);
});

test("reads the version", () => {
  expect(parseQemuVersion("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)")).toBe("7.2.22");
  expect(parseQemuVersion("?")).toBe("unknown");
});
