/** The global options that take a value, as they may stand before a command. */
const withValue = new Set(["--project", "--remote"]);

/** The words of a command line that may name commands: without global options before or between them. */
export function commandWords(argv: readonly string[]): string[] {
  const words: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--") break;
    if (withValue.has(word)) at++;
    else if (!word.startsWith("-")) words.push(word);
  }
  return words;
}

/**
 * Puts `--` before the command of `exec [OPTIONS] INSTANCE [OPTIONS] COMMAND…` or `run … IMAGE …` where the user left it out, so that the
 * command's own options are not read as Lodge's. `options` are those with a value, short and long.
 */
export function separateCommand(args: readonly string[], options: ReadonlySet<string>): string[] {
  let operands = 0;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "--") return [...args];
    if (options.has(word)) at++;
    else if (!word.startsWith("-") && ++operands === 2) return [...args.slice(0, at), "--", ...args.slice(at)];
  }
  return [...args];
}
