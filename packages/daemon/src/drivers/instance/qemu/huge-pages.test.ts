import { expect, test } from "vitest";
import { hugePagesRefusal, readHugePages } from "./huge-pages.ts";

const mebibyte = 2 ** 20;

test("what is reserved and nobody's is read from what the kernel says", () => {
  const meminfo =
    "MemTotal: 5 kB\nHugePages_Total: 600\nHugePages_Free:  513\nHugePages_Rsvd: 1\nHugepagesize: 2048 kB\n";
  expect(readHugePages(meminfo)).toEqual({ size: 2 * mebibyte, free: 512 });
  expect(readHugePages("MemTotal: 5 kB\n")).toEqual({ size: 0, free: 0 });
});

test.each([
  [1024, 2, 512, undefined],
  [1024, 2, 511, /needs 512 pages of 2 MiB and the host has 511 free/],
  [1023, 2, 600, /whole pages of 2 MiB/],
  [1024, 0, 0, /no huge pages/],
])("%i MiB in pages of %i MiB, of which %i are free", (memory, size, free, why) => {
  const refusal = hugePagesRefusal(memory * mebibyte, { size: size * mebibyte, free });
  if (why) expect(refusal).toMatch(why);
  else expect(refusal).toBeUndefined();
});
