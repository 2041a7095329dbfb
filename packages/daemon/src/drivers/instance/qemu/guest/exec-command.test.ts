import type { ExecRequest } from "@lodge/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { execCommand, quoteWord } from "./exec-command.ts";

/** How a POSIX shell splits a line of plain words, single quotes and backslashes. */
function shellWords(line: string): string[] {
  const words: string[] = [];
  for (const [match] of line.matchAll(/(?:'[^']*'|\\[\s\S]|[^\s'\\])+/g)) {
    words.push(
      match.replaceAll(/'([^']*)'|\\([\s\S])/g, (_all, quoted?: string, escaped?: string) => quoted ?? escaped ?? ""),
    );
  }
  return words;
}

const word = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));
const plain: ExecRequest = { command: ["true"], environment: {}, uid: 0, gid: 0 };

test("any words come through a shell unchanged", () => {
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(shellWords(words.map(quoteWord).join(" "))).toEqual(words);
    }),
  );
});

test("a request's command and environment are the last words, one each", () => {
  const name = word.filter((text) => text !== "" && !text.includes("="));
  const program = word.filter((text) => !text.includes("="));
  fc.assert(
    fc.property(program, fc.array(word), fc.dictionary(name, word), (first, rest, environment) => {
      const command = [first, ...rest];
      const words = shellWords(execCommand({ ...plain, command, environment }, "token"));
      const variables = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
      expect(words.slice(0, 4)).toEqual(["exec", "/bin/sh", "-c", expect.any(String)]);
      expect(words.slice(4)).toEqual(["lodge-exec", "token", "0", "0", "", ...variables, ...command]);
    }),
  );
});

test("a terminal brings its type, which the environment may replace", () => {
  const request = { ...plain, terminal: { columns: 80, rows: 24 }, environment: { TERM: "vt100" } };
  expect(shellWords(execCommand(request, "t")).slice(-3)).toEqual(["TERM=xterm-256color", "TERM=vt100", "true"]);
});

test("a program with an equals sign in its name is not taken for a variable", () => {
  const words = shellWords(execCommand({ ...plain, command: ["a=b", "c"] }, "t"));
  expect(words.slice(-6)).toEqual(["/bin/sh", "-c", 'exec "$@"', "sh", "a=b", "c"]);
});

test.each([
  ["a NUL byte", { command: ["a\0b"] }],
  ["an empty variable name", { environment: { "": "x" } }],
  ["an equals sign in a variable name", { environment: { "a=b": "x" } }],
  ["more than the kernel takes", { command: ["echo", "x".repeat(200_000)] }],
])("%s is refused", (_what, change) => {
  expect(() => execCommand({ ...plain, ...change }, "t")).toThrow(/cannot be run/);
});
