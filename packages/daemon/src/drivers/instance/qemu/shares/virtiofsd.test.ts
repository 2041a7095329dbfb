import { expect, test } from "vitest";
import { findVirtiofsd, styleOf, virtiofsdArguments } from "./virtiofsd.ts";

const share = { source: "/l/run/0a/shares/1/root", listener: 4, recursive: false, openFiles: 1024 };

test("QEMU's own takes its options by -o", () => {
  expect(virtiofsdArguments("qemu", share)).toEqual([
    ...["--fd=4", "--rlimit-nofile=1024"],
    ...["-o", "source=/l/run/0a/shares/1/root,sandbox=namespace,cache=auto,xattr"],
  ]);
  expect(virtiofsdArguments("qemu", { ...share, recursive: true }).at(-1)).toMatch(/,announce_submounts$/);
});

test("the one in Rust takes them as arguments", () => {
  expect(virtiofsdArguments("rust", { ...share, recursive: true })).toEqual([
    ...["--fd=4", "--rlimit-nofile=1024", "--shared-dir=/l/run/0a/shares/1/root"],
    ...["--sandbox=namespace", "--cache=auto", "--xattr", "--announce-submounts"],
  ]);
});

test.each([
  [
    "virtiofsd version 7.2.22 (Debian)\nCopyright (c) 2003-2022 Fabrice Bellard and the QEMU Project developers",
    "qemu",
  ],
  ["virtiofsd 1.13.0", "rust"],
])("%s", (version, style) => expect(styleOf(version)).toBe(style));

test("a missing program is said with the package to install", async () => {
  await expect(findVirtiofsd(["/nonexistent"])).rejects.toMatchObject({ code: "host_tool_missing" });
});
