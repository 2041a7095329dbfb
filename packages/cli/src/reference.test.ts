import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { Context } from "./context.ts";
import type { LodgeCommand } from "./lodge-command.ts";
import { loadProgram, rootCommand } from "./program.ts";
import { cliReference } from "./reference.ts";

const leaves = (command: LodgeCommand): LodgeCommand[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap((child) => leaves(child as LodgeCommand));

test("every command has a line of description and an example of itself", async () => {
  const nowhere = new PassThrough();
  const surroundings = { stdin: nowhere, stdout: nowhere, stderr: nowhere, env: {}, signals: process };
  const program = await loadProgram(rootCommand(), [], new Context(surroundings, () => ({})));
  for (const command of leaves(program).filter((each) => !each.name().startsWith("__"))) {
    expect(command.description(), command.name()).toMatch(/^[A-Z].*\.$/);
    expect(command.examples.length, command.name()).toBeGreaterThan(0);
    for (const { line } of command.examples) expect(line).toContain(command.name());
  }
});

test("the reference names commands, options and statuses", async () => {
  const text = await cliReference();
  expect(text).toContain("### lodge image alias add");
  expect(text).toContain("| `-f, --format <format>` | how to print; `table`, `json`, `yaml`, `csv`; default table |");
  expect(text).toContain("| 127 | the command does not exist |");
  expect(text).not.toContain("__complete");
});
