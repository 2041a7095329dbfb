import { expect, test } from "vitest";
import { lastLines, stripPrefixes } from "./console-log.ts";

const time = "2026-11-22T14:16:02.286578271+00:00";

test.each([
  ["nothing", "", ""],
  ["lines", `${time} stdout F one\r\n${time} stdout F two\r\n`, "one\r\ntwo\r\n"],
  ["a part is joined", `${time} stdout P login: \n${time} stdout F root\r\n`, "login: root\r\n"],
  ["an empty line", `${time} stdout F \n${time} stdout F\n`, "\n\n"],
  ["text like a prefix", `${time} stdout F ${time} stdout F x\n`, `${time} stdout F x\n`],
  ["a line cut off", `${time} stdout F one\n${time} std`, "one\n"],
])("stripPrefixes: %s", (_name, log, text) => {
  expect(stripPrefixes(Buffer.from(log)).toString()).toBe(text);
});

test.each([
  ["a\r\nb\r\n\r\nc\r\n", 2, "b\nc"],
  ["[\u001b[0;32m  OK  \u001b[0m] Reached\r\n", 5, "[  OK  ] Reached"],
  ["\u001b]0;title\u0007plain\u0007\n", 5, "plain"],
  ["", 5, ""],
])("lastLines of %j", (text, count, expected) => {
  expect(lastLines(Buffer.from(text), count)).toBe(expected);
});
