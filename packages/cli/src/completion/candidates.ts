import type { Command, Option } from "commander";
import { commandWords } from "../arguments.ts";
import type { Context } from "../context.ts";
import { loadProgram, rootCommand } from "../program.ts";
import { type Branch, isBranch, resolve } from "../tree.ts";
import { namesFor } from "./names.ts";

/** What may stand for the last word, given those before it. */
export async function candidates(words: readonly string[], context: Context): Promise<string[]> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const all = await offers(before, current, context);
  return [...new Set(all)].filter((each) => each.startsWith(current)).sort();
}

async function offers(before: readonly string[], current: string, context: Context): Promise<string[]> {
  // Behind -- stands the guest's command.
  if (before.includes("--")) return [];
  const { node, path, rest } = resolve(commandWords(before));
  if (isBranch(node)) {
    if (current.startsWith("-")) return flags(rootCommand().options);
    return rest.length > 0 ? [] : visible(node);
  }
  const command = await loaded(path, context);
  const options = [...command.options, ...rootCommand().options];
  const expecting = options.find((option) => takesValue(option) && named(option, before.at(-1)));
  const given = operands(before, options).slice(path.length);
  const place = { path, given };
  if (expecting) {
    return [...(expecting.argChoices ?? []), ...(await namesFor(expecting.attributeName(), place, context))];
  }
  if (current.startsWith("-")) return flags(options);
  const argument = argumentAt(command, given.length);
  if (!argument) return [];
  return [...(argument.argChoices ?? []), ...(await namesFor(argument.name(), place, context))];
}

async function loaded(path: readonly string[], context: Context): Promise<Command> {
  let command: Command = await loadProgram(rootCommand(), path, context);
  for (const name of path) command = command.commands.find((each) => each.name() === name) ?? command;
  return command;
}

function visible({ children }: Branch): string[] {
  return Object.keys(children).filter((name) => !("hidden" in (children[name] ?? {})));
}

function operands(words: readonly string[], options: readonly Option[]): string[] {
  return words.filter((word, at) => {
    const value = options.some((option) => takesValue(option) && named(option, words[at - 1]));
    return !word.startsWith("-") && !value;
  });
}

function argumentAt(command: Command, index: number) {
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  return registeredArguments[index] ?? (last?.variadic ? last : undefined);
}

const takesValue = (option: Option) => option.required || option.optional;
const named = (option: Option, word: string | undefined) =>
  word !== undefined && (option.short === word || option.long === word);
const flags = (options: readonly Option[]) => options.flatMap(({ long }) => (long ? [long] : []));
