import { expect, test } from "vitest";
import { guestMemory } from "./guest-memory.ts";

const mapping = (permissions: string, size: number, resident: number, path = "") =>
  `7f0000000000-7f0020000000 ${permissions} 00000000 00:01 1024 ${path}\nSize: ${size * 1024} kB\nKernelPageSize: 4 kB\nRss:      ${resident * 1024} kB\nPss: 1 kB\nVmFlags: rd wr\n`;

test("a guest's memory is what is large and not executed", () => {
  const smaps = [
    mapping("rw-p", 320, 200, "/memfd:lodge-1 (deleted)"),
    mapping("rw-p", 512, 64),
    mapping("rwxp", 256, 90),
    mapping("rw-s", 256, 90, "/memfd:tcg-jit (deleted)"),
    mapping("rw-p", 64, 30, "[heap]"),
  ];
  expect(guestMemory(smaps.join("")) / 2 ** 20).toBe(264);
  expect(guestMemory("")).toBe(0);
});
