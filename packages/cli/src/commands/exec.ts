import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { keyValue, seconds, wholeNumber } from "../parse-value.ts";
import { runCommand } from "../run-command.ts";

interface Options {
  readonly tty?: boolean;
  readonly user?: number;
  readonly group?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly wait: boolean;
  readonly timeout: number;
}

const exec: CommandFactory = (context) =>
  new LodgeCommand("exec")
    .summary("Run a command inside an instance.")
    .description("Run a command inside an instance; its exit status is passed on.")
    .argument("<instance>")
    .argument("<command...>", "after --, the command and its arguments")
    .option("-t, --tty", "give the command a terminal (default: when this side has one)")
    .option("-T, --no-tty", "no terminal")
    .option("--user <uid>", "run as this numeric user", wholeNumber)
    .option("--group <gid>", "run as this numeric group", wholeNumber)
    .option("--env <key=value>", "set an environment variable (repeatable)", keyValue)
    .option("--cwd <directory>", "run in this directory")
    .option("--no-wait", "fail at once when the guest is still booting")
    .option("--timeout <seconds>", "how long to wait for a booting guest", seconds, 300)
    .example("lodge exec web -- uname -r", "one command")
    .example("lodge exec web -- sh -c 'cat > /root/notes' < notes", "with its standard input from here")
    .example("lodge exec db --user 1000 --env LANG=C --cwd /tmp -- ls", "as another user, elsewhere")
    .action(async (instance: string, command: string[], options: Options) => {
      context.status = await runCommand(context, {
        instance,
        command,
        terminal: options.tty,
        environment: { ...options.env },
        user: options.user,
        group: options.group,
        cwd: options.cwd,
        patience: { wait: options.wait, timeout: options.timeout },
      });
    });

export default exec;
