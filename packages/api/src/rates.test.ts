import { expect, it } from "vitest";
import { bitRate, diskRate, parseBitRate, parseDiskRate } from "./rates.ts";

it.each([
  ["100000", 100_000],
  ["64000bit", 64_000],
  ["100Mbit", 100e6],
  ["1Gbit", 1e9],
  ["512Kibit", 512 * 1024],
  ["2Mibit", 2 * 2 ** 20],
])("%s is %d bits a second", (text, bits) => {
  expect(parseBitRate(text)).toBe(bits);
  expect(bitRate(text)).toBeUndefined();
});

it.each(["", "0", "fast", "-1Mbit", "1.5Mbit", "10M", "10MiB", "10 Mbit", "10mbit", "1kbit", "2Tbit", "99999999Pbit"])(
  "%j is no rate of a nic",
  (text) => expect(bitRate(text)).toMatch(/^must be bits a second/),
);

it.each([
  ["30MiB", "bytes", 30 * 2 ** 20],
  ["4096", "bytes", 4096],
  ["1GB", "bytes", 1e9],
  ["200iops", "operations", 200],
] as const)("%s is so many %s a second: %d", (text, unit, amount) => {
  expect(parseDiskRate(text)).toEqual({ unit, amount });
  expect(diskRate(text)).toBeUndefined();
});

it.each([
  "",
  "0",
  "0iops",
  "100",
  "iops",
  "-1iops",
  "1.5iops",
  "200 iops",
  "200IOPS",
  "20Mbit",
  "4000000000iops",
  "2PB",
])("%j is no rate of a disk", (text) => expect(diskRate(text)).toMatch(/^must be bytes a second/));
