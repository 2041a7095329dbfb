import { expect, it } from "vitest";
import { readRecordText, recordText, type StateRecord } from "./state-directory.ts";

const record = { version: 1, form: "copy", qemu: "7.2.22", paused: false } as StateRecord;

it("reads what was written", () => {
  expect(readRecordText(recordText(record))).toEqual(record);
});

it("notices each change, and each cut", () => {
  const text = recordText(record);
  for (let at = 0; at < text.length - 1; at++) {
    const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
    for (const damaged of [changed, text.slice(0, at)])
      expect(() => readRecordText(damaged), damaged).toThrow(/cannot be loaded/);
  }
});

it("says that a newer version wrote it", () => {
  const newer = { ...record, version: 2 } as unknown as StateRecord;
  expect(() => readRecordText(recordText(newer))).toThrow(/newer version/);
});
