import { exitStatus } from "@lodge/api/errors";
import { CommanderError } from "commander";
import { commandWords, separateCommand } from "./arguments.ts";
import { Context, type GlobalOptions } from "./context.ts";
import { execFailureStatus } from "./exec-status.ts";
import { exitStatusText } from "./help-text.ts";
import type { LodgeCommand } from "./lodge-command.ts";
import { loadProgram, rootCommand } from "./program.ts";
import { takeRemote } from "./remotes/remote-words.ts";
import { Leaving, reportError } from "./report-error.ts";
import type { Surroundings } from "./terminal/streams.ts";
import { isBranch, resolve } from "./tree.ts";

/** Runs one command line, without the program's name, and returns its exit status. */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const [first] = commandWords(argv);
  if (first === "help") return help(argv, surroundings);
  const root = rootCommand();
  const context = new Context(surroundings, () => root.opts<GlobalOptions>());
  // There a status below 125 belongs to the guest's command.
  const guest = first === "exec" || first === "shell" || first === "run";
  try {
    const program = asksVersion(argv) ? root : await loadProgram(root, commandWords(argv), context);
    for (const command of withDescendants(program)) prepare(command, surroundings);
    program.hook("preAction", (_program, command) => takeRemoteOf(command as LodgeCommand, context));
    // A noun without a verb shows its verbs.
    const { node, rest } = resolve(commandWords(argv));
    const line = isBranch(node) && rest.length === 0 ? [...argv, "--help"] : argv;
    await program.parseAsync([...(first === "exec" || first === "run" ? separated(program, first, line) : line)], {
      from: "user",
    });
    return context.status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : guest ? 125 : exitStatus.invalid;
    if (error instanceof Leaving) return error.status;
    const status = reportError(error, surroundings, context.globals.debug ?? false);
    return guest ? execFailureStatus(error) : status;
  } finally {
    await context.close();
  }
}

/** No command needs to be there for that. */
function asksVersion(argv: readonly string[]): boolean {
  return argv.length === 1 && argv[0] === "--version";
}

function help(argv: readonly string[], surroundings: Surroundings): Promise<number> | number {
  const topic = commandWords(argv).slice(1);
  if (topic[0] === "exit-status") {
    surroundings.stdout.write(exitStatusText());
    return 0;
  }
  const { node, path, rest } = resolve(topic);
  // What is left behind a noun is no verb of it: the parser says so.
  return run(isBranch(node) && rest.length > 0 ? topic : [...path, "--help"], surroundings);
}

function separated(program: LodgeCommand, name: string, argv: readonly string[]): string[] {
  const options = withDescendants(program).flatMap((command) => command.options);
  const valued = options.filter(({ required, optional }) => required || optional);
  const start = argv.indexOf(name) + 1;
  const names = new Set(valued.flatMap(({ short, long }) => [short, long].filter((name) => name !== undefined)));
  return [...argv.slice(0, start), ...separateCommand(argv.slice(start), names)];
}

/** Finds out which server the words of a command are about, and leaves the names. */
function takeRemoteOf(command: LodgeCommand, context: Context): void {
  if (command.readsRemotes) return;
  const places = command.registeredArguments.map((each) => ({
    ...{ name: each.name(), variadic: each.variadic, required: each.required },
  }));
  if (!command.processedArgs.flat().some((word) => typeof word === "string" && word.includes(":"))) return;
  const { remote, values } = takeRemote(command.name(), places, command.processedArgs, context.remotes);
  context.use(remote);
  command.processedArgs = [...values];
}

function withDescendants(command: LodgeCommand): LodgeCommand[] {
  return [command, ...command.commands.flatMap((child) => withDescendants(child as LodgeCommand))];
}

/** Commander's own habits: it would end the process, and knows only the process's streams. */
function prepare(command: LodgeCommand, { stdout, stderr }: Surroundings): void {
  command
    .exitOverride()
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (each) => each.name() })
    .showHelpAfterError(`(\`${path(command)} --help\` shows how)`)
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, "Error: ")),
      getOutHelpWidth: () => (stdout.isTTY ? (stdout.columns ?? 80) : 100),
      getErrHelpWidth: () => (stderr.isTTY ? (stderr.columns ?? 80) : 100),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

function path(command: LodgeCommand): string {
  return command.parent ? `${path(command.parent as LodgeCommand)} ${command.name()}` : command.name();
}
