import type { KeyInput } from "@lodge/api";
import { expect, test } from "vitest";
import { parseKeyWord } from "./key-words.ts";

test.each<[string, KeyInput[]]>([
  ["root", [{ text: "root" }]],
  ["root<enter>", [{ text: "root" }, { chord: ["enter"] }]],
  ["a > b", [{ text: "a > b" }]],
  ["cat <lt> f<gt>", [{ text: "cat " }, { text: "<" }, { text: " f" }, { text: ">" }]],
  ["ctrl-alt-delete", [{ chord: ["ctrl", "alt", "delete"] }]],
  ["Ctrl-Alt-Del", [{ chord: ["ctrl", "alt", "del"] }]],
  ["ctrl-c", [{ chord: ["ctrl", "c"] }]],
  ["ctrl-minus", [{ chord: ["ctrl", "-"] }]],
  ["alt-f2", [{ chord: ["alt", "f2"] }]],
  ["apt-get", [{ text: "apt-get" }]],
  ["enter", [{ text: "enter" }]],
  ["a", [{ text: "a" }]],
  ["-x", [{ text: "-x" }]],
  ["ctrl-", [{ text: "ctrl-" }]],
  ["<ctrl-c>", [{ chord: ["ctrl", "c"] }]],
  ["<down*2>x", [{ chord: ["down"] }, { chord: ["down"] }, { text: "x" }]],
  ["<F12>", [{ chord: ["f12"] }]],
  ["<*>", [{ chord: ["*"] }]],
  ["x<esc><esc>", [{ text: "x" }, { chord: ["esc"] }, { chord: ["esc"] }]],
])("%s", (word, expected) => expect(parseKeyWord(word)).toEqual(expected));

test.each(["a < b", "<nokey>", "<>", "<ctrl->", "<ctrl-alt", "<hyper-x>"])("refuses %s", (word) => {
  expect(() => parseKeyWord(word)).toThrow(expect.objectContaining({ code: "keys_invalid" }));
});
