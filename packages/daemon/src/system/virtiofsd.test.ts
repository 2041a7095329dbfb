import { expect, test } from "vitest";
import { findVirtiofsd, styleOf } from "./virtiofsd.ts";

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
