/** The shells themselves, with a program in place of lodge that knows a few words. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { completionScripts } from "./scripts.ts";

let here: string;
beforeAll(() => {
  here = mkdtempSync(join(tmpdir(), "lodge-complete-"));
  // Prints which of its words fit the last one it is given.
  const words = "start stop source= web/";
  const program = `#!/bin/sh\nfor last; do :; done\nfor word in ${words}; do case $word in "$last"*) echo $word;; esac; done\n`;
  writeFileSync(join(here, "lodge"), program, { mode: 0o755 });
  writeFileSync(join(here, "notes.txt"), "");
  for (const [shell, script] of Object.entries(completionScripts)) writeFileSync(join(here, `lodge.${shell}`), script);
});
afterAll(() => rmSync(here, { recursive: true, force: true }));

const shells: Readonly<Record<keyof typeof completionScripts, (line: string) => [string[], string]>> = {
  bash: (line) => [
    ["--norc"],
    `compopt() { :; }; source lodge.bash; COMP_WORDS=(${line.replaceAll("=", " = ")}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _lodge; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  // The builtins that only work while it completes.
  zsh: (line) => [
    ["-f"],
    `compdef() { : }; compset() { : }; _files() { print -l *(N) }
     compadd() { while [[ $1 != -- ]] shift; shift; (( $# )) && print -l -- "$@" }
     words=(${line}) CURRENT=\${#words}; source ./lodge.zsh; _lodge`,
  ],
  fish: (line) => [["--no-config"], `source lodge.fish; complete -C "${line}"`],
};

describe.each(Object.keys(shells) as (keyof typeof shells)[])("%s", (shell) => {
  const complete = (line: string): string[] => {
    const [options, commands] = shells[shell](line);
    const env = { ...process.env, PATH: `${here}:${process.env.PATH}`, HOME: here };
    const output = execFileSync(shell, [...options, "-c", commands], {
      cwd: here,
      env,
      encoding: "utf8",
      timeout: 30_000,
    });
    return output.split("\n").filter(Boolean);
  };
  const installed = (process.env.PATH ?? "").split(":").some((directory) => existsSync(join(directory, shell)));

  test.for([
    ["lodge st", "start stop"],
    ["lodge so", "source="],
    ["lodge we", "web/"],
    ["lodge no", "notes.txt"],
    ["lodge source=no", "notes.txt"],
  ] as const)("%s", ([line, expected], context) => {
    if (!installed) context.skip(`${shell} is not installed`);
    expect(complete(line).join(" ")).toContain(expected);
  });
});
