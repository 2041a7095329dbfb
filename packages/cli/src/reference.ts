/** Prints docs/reference/cli.md: the reference of the commands, made of the commands themselves. */
import { PassThrough } from "node:stream";
import type { Argument, Command, Option } from "commander";
import { Context } from "./context.ts";
import { execStatusRows, exitStatusRows } from "./help-text.ts";
import type { LodgeCommand } from "./lodge-command.ts";
import { loadProgram, rootCommand } from "./program.ts";
import { headings } from "./tree.ts";

/** The whole reference as Markdown. */
export async function cliReference(): Promise<string> {
  const root = rootCommand();
  const nowhere = new PassThrough();
  const surroundings = { stdin: nowhere, stdout: nowhere, stderr: nowhere, env: {}, signals: process };
  const program = await loadProgram(root, [], new Context(surroundings, () => ({})));
  const groups = Object.keys(headings).map((heading) => {
    const commands = program.commands.filter((command) => command.helpGroup() === heading && !isHidden(command));
    return commands.length === 0 ? [] : [`## ${heading.replace(":", "")}`, ...commands.flatMap(sections)];
  });
  return `${[
    "# Commands of lodge",
    "<!-- Generated from the commands by `node packages/cli/dist/reference.js`; do not edit. -->",
    program.description(),
    "## Options of every command",
    optionTable(program.options),
    ...groups.flat(),
    "## Exit statuses",
    table(["status", "meaning"], exitStatusRows()),
    "`lodge exec`, `lodge shell` and `lodge run` end with the status of the command inside the instance (128 + the signal's number when a signal ended it). What goes wrong on the way has a status of its own:",
    table(["status", "meaning"], execStatusRows),
    "## Environment",
    table(
      ["variable", "meaning"],
      [
        ["`LODGE_SOCKET`", "the daemon's socket"],
        ["`LODGE_DIR`", "the daemon's directory, whose `unix.socket` is used; default `/var/lib/lodge`"],
        ["`NO_COLOR`", "no colours"],
      ],
    ),
  ].join("\n\n")}\n`;
}

function sections(command: Command): string[] {
  const { aliasOf } = command as LodgeCommand;
  if (aliasOf) return [`### ${path(command)}`, command.description()];
  if (command.commands.length > 0) return command.commands.flatMap(sections);
  const { examples } = command as LodgeCommand;
  return [
    `### ${path(command)}`,
    command.description(),
    code(`${path(command)} ${command.usage()}`),
    ...(command.registeredArguments.some(({ description }) => description)
      ? [table(["argument", "meaning"], command.registeredArguments.map(argumentRow))]
      : []),
    ...(command.options.length > 0 ? [optionTable(command.options)] : []),
    code(examples.map(({ line, meaning }) => `# ${meaning}\n${line}`).join("\n\n")),
  ];
}

function argumentRow(argument: Argument): readonly [string, string] {
  return [`\`${argument.name()}\``, [argument.description, ...alternatives(argument)].filter(Boolean).join("; ")];
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map((option) => {
    const preset = option.defaultValue === undefined || option.negate ? [] : [`default ${String(option.defaultValue)}`];
    return [`\`${option.flags}\``, [option.description, ...alternatives(option), ...preset].join("; ")] as const;
  });
  return table(["option", "meaning"], rows);
}

function alternatives({ argChoices }: Argument | Option): string[] {
  return argChoices ? [argChoices.map((choice) => `\`${choice}\``).join(", ")] : [];
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const code = (text: string) => `\`\`\`sh\n${text.trimEnd()}\n\`\`\``;

function path(command: Command): string {
  return command.parent ? `${path(command.parent)} ${command.name()}` : command.name();
}

function isHidden(command: Command): boolean {
  return command.name().startsWith("__");
}

if (import.meta.main) process.stdout.write(await cliReference());
