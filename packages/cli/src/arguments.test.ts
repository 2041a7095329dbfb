import { expect, test } from "vitest";
import { commandWords, separateCommand } from "./arguments.ts";

const valued = new Set(["--user", "--env"]);

test.each([
  [
    ["web", "--", "ls", "-l"],
    ["web", "--", "ls", "-l"],
  ],
  [
    ["web", "ls", "-l"],
    ["web", "--", "ls", "-l"],
  ],
  [
    ["-t", "web", "ls", "-t"],
    ["-t", "web", "--", "ls", "-t"],
  ],
  [
    ["web", "-t", "ls"],
    ["web", "-t", "--", "ls"],
  ],
  [
    ["web", "--user", "5", "ls", "--user"],
    ["web", "--user", "5", "--", "ls", "--user"],
  ],
  [
    ["--user=5", "web", "ls"],
    ["--user=5", "web", "--", "ls"],
  ],
  [
    ["--env", "A=b", "web", "sh", "-c", "echo -- x"],
    ["--env", "A=b", "web", "--", "sh", "-c", "echo -- x"],
  ],
  [["web"], ["web"]],
  [["--help"], ["--help"]],
])("exec %j is %j", (args, expected) => expect(separateCommand(args, valued)).toEqual(expected));

test.each([
  [[], []],
  [["list"], ["list"]],
  [
    ["--project", "p", "image", "-q", "list"],
    ["image", "list"],
  ],
  [
    ["exec", "web", "--", "ls"],
    ["exec", "web"],
  ],
])("the words of %j are %j", (argv, expected) => expect(commandWords(argv)).toEqual(expected));
