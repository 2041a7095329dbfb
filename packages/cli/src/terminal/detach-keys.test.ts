import { expect, test } from "vitest";
import { detachKeys, keyName, parseKey } from "./detach-keys.ts";

const escape = 1;

/** Feeds pieces and says what was sent on in all, and whether they detached. */
function typed(...pieces: string[]) {
  const keys = detachKeys(escape);
  const results = pieces.map((piece) => keys.feed(Buffer.from(piece, "latin1")));
  return [results.map(({ send }) => send.toString("latin1")).join(""), results.some(({ detach }) => detach)];
}

test.each([
  [["ls\r"], "ls\r", false],
  [["\x01q"], "", true],
  [["ls\x01qrest"], "ls", true],
  [["\x01", "q"], "", true],
  [["\x01\x01"], "\x01", false],
  [["\x01\x01q"], "\x01q", false],
  [["\x01x"], "\x01x", false],
  [["q"], "q", false],
])("%j", (pieces, sent, detached) => expect(typed(...pieces)).toEqual([sent, detached]));

test.each([
  ["^a", 1],
  ["ctrl-a", 1],
  ["^]", 0x1d],
  ["a", undefined],
  ["^ab", undefined],
])("key %s", (text, byte) => expect(parseKey(text)).toBe(byte));

test("names of keys", () => expect([keyName(1), keyName(0x1d)]).toEqual(["Ctrl-a", "Ctrl-]"]));
