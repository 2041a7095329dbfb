import { expect, test } from "vitest";
import { wantedText } from "./wanted-text.ts";

/** As tesseract reads them. */
const grub = "GNU GRUB version 2.06-13+debi2u2\nGNU Caka GNU-Hurd)\nMemtesté6+\nChange the colors";
const memtest = "Li Cache: 64KB 9.95 GBs Test 93%\nLZ Cache: 512KB 301 MB/s\nTime: ©:00:07 Status: Testing ‘S";

test.each([
  ["GNU GRUB", grub, "GNU GRUB version 2.06-13+debi2u2"],
  ["gnu grub  version", grub, "GNU GRUB version 2.06-13+debi2u2"],
  ["L1 Cache: 64KB", memtest, "Li Cache: 64KB 9.95 GBs Test 93%"],
  ["L2 Cache", memtest, "LZ Cache: 512KB 301 MB/s"],
  ["Time: 0:00", memtest, "Time: ©:00:07 Status: Testing ‘S"],
  ["colors GNU", grub, undefined],
  ["deb12u2 GNU", grub, "deb12u2 GNU"],
  ["Windows", grub, undefined],
  ["/version [\\d.]+/", grub, "version 2.06"],
  ["/^change/i", grub, "Change"],
  ["/^change/", grub, undefined],
  ["/dev/sda", "found /dev/sda", "found /dev/sda"],
])("%s", (text, screen, expected) => {
  expect(wantedText(text)(screen)).toBe(expected);
});

test.each(["", " ", "***", "/(/"])("%j cannot be looked for", (text) => {
  expect(() => wantedText(text)).toThrow(expect.objectContaining({ code: "request_invalid" }));
});
