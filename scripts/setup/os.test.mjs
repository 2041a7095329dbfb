import { expect, test } from "vitest";
import { isSupported, parseOsRelease } from "./os.mjs";

test("os-release: quoted, single-quoted and bare values", () => {
  const text = `PRETTY_NAME="Ubuntu 24.04.2 LTS"\nID=ubuntu\nVERSION_ID='24.04'\n# a comment\n\nHOME_URL="https://x/?a=b"\n`;
  expect(parseOsRelease(text)).toEqual({
    PRETTY_NAME: "Ubuntu 24.04.2 LTS",
    ID: "ubuntu",
    VERSION_ID: "24.04",
    HOME_URL: "https://x/?a=b",
  });
});

test.each([
  ["debian", "12", true],
  ["debian", "13", true],
  ["ubuntu", "24.04", true],
  ["debian", "11", false],
  ["ubuntu", "22.04", false],
  ["fedora", "42", false],
])("%s %s supported: %s", (id, version, expected) => {
  expect(isSupported({ id, version, name: "", architecture: "x64" })).toBe(expected);
});
