import type { Context } from "./context.ts";
import { exampleText, rootEpilogue } from "./help-text.ts";
import { LodgeCommand } from "./lodge-command.ts";
import { type Branch, headings, isBranch, type Leaf, tree } from "./tree.ts";
import { clientVersion } from "./version.ts";

/** The root command with its global options and no commands yet. */
export function rootCommand(): LodgeCommand {
  return new LodgeCommand("lodge")
    .description("Run many operating systems on one machine: containers and virtual machines.")
    .option("--project <name>", "work in this project")
    .option("--remote <name>", "work with this server (`lodge remote list`); the same as NAME: before a name")
    .option("-q, --quiet", "no progress and no remarks; a new instance's name alone")
    .option("--debug", "show the requests to the daemon and the whole of an error")
    .version(clientVersion(), "-V, --version", "show the version");
}

/** Loads the command that these words name, or, where they name none, all those that they may have meant. */
export async function loadProgram(
  root: LodgeCommand,
  words: readonly string[],
  context: Context,
): Promise<LodgeCommand> {
  const [name = ""] = words;
  const node = Object.hasOwn(tree, name) ? tree[name] : undefined;
  if (node) {
    root.addCommand(await loadNode(name, node, words.slice(1), context), { hidden: "hidden" in node });
  } else {
    for (const [heading, commands] of Object.entries(headings)) {
      for (const [each, child] of Object.entries(commands)) {
        const command = await loadNode(each, child, undefined, context);
        root.addCommand(command.helpGroup(heading), { hidden: "hidden" in child });
      }
    }
    root.addHelpText("after", rootEpilogue);
  }
  return root;
}

/** `words` undefined: with everything beneath it. */
async function loadNode(
  name: string,
  node: Leaf | Branch,
  words: readonly string[] | undefined,
  context: Context,
): Promise<LodgeCommand> {
  if (isBranch(node)) return loadBranch(name, node, words, context);
  const command = (await node.load()).default(context);
  if (command.examples.length > 0) command.addHelpText("after", exampleText(command.examples));
  return command;
}

async function loadBranch(
  name: string,
  { summary, children, aliasOf }: Branch,
  words: readonly string[] | undefined,
  context: Context,
): Promise<LodgeCommand> {
  const branch = new LodgeCommand(name).description(`${summary}.`).helpCommand(false);
  branch.aliasOf = aliasOf;
  const [chosen = ""] = words ?? [];
  const only = Object.hasOwn(children, chosen) ? [chosen] : Object.keys(children);
  const below = only.length === 1 && words ? words.slice(1) : undefined;
  for (const each of only) {
    const child = children[each];
    if (child) branch.addCommand(await loadNode(each, child, below, context));
  }
  return branch;
}
