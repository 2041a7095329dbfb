import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clockPlace, putClock } from "./kvm-clock.ts";

const clock = Buffer.from("00000012a05f2000", "hex");
/** A full section as QEMU writes it: kind, number, name, instance, version, content, footer. */
const stream = Buffer.concat([
  Buffer.from("QEVM\x00\x00\x00\x03\x04\x00\x00\x00\x07\x08kvmclock\x00\x00\x00\x00\x00\x00\x00\x01", "latin1"),
  clock,
  Buffer.from("\x7e\x00\x00\x00\x07\x00", "latin1"),
]);

test("the clock stands behind its device's name and numbers", () => {
  const place = clockPlace(stream) ?? -1;
  expect(stream.subarray(place, place + 8)).toEqual(clock);
});

test("a machine without KVM has none, and a stream that is cut short neither", () => {
  expect(clockPlace(Buffer.from("QEVM\x00\x00\x00\x03timer", "latin1"))).toBeUndefined();
  expect(clockPlace(stream.subarray(0, 30))).toBeUndefined();
});

test("another clock is put into its place, and nothing else changes", async () => {
  const directory = await mkdtemp(join(tmpdir(), "lodge-clock-"));
  try {
    const path = join(directory, "stream");
    await writeFile(path, stream);
    const file = await open(path, "r+");
    await putClock(file, Buffer.from("0000000000000001", "hex"));
    await file.close();
    const after = await readFile(path);
    const place = clockPlace(stream) ?? 0;
    expect(after).toEqual(
      Buffer.concat([stream.subarray(0, place), after.subarray(place, place + 8), stream.subarray(place + 8)]),
    );
    expect(after.readBigUInt64BE(place)).toBe(1n);
    await writeFile(path, "QEVM");
    const without = await open(path, "r+");
    await expect(putClock(without, clock)).rejects.toThrow("no clock");
    await without.close();
  } finally {
    await rm(directory, { recursive: true });
  }
});
