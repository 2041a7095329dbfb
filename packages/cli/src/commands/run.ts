import { type CreateOptions, withCreateOptions } from "../create-instance.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { loginShell } from "../login-shell.ts";
import { keyValue, seconds, wholeNumber } from "../parse-value.ts";
import { runOnce } from "../run-once.ts";

interface Options extends CreateOptions {
  readonly name?: string;
  readonly tty?: boolean;
  readonly user?: number;
  readonly group?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeout: number;
}

const run: CommandFactory = (context) =>
  withCreateOptions(new LodgeCommand("run"))
    .summary("Run a command in a new instance, and delete that.")
    .description(
      "Make an instance of an image, run a command inside it, and delete it when the command has ended, when this program is ended, or when its connection is lost. The command's exit status is passed on.",
    )
    .argument("<image>", "alias (debian/12) or fingerprint of an image")
    .argument("[command...]", "after --, the command and its arguments; a login shell when missing")
    .option("--name <name>", "name of the instance; chosen by the daemon when missing")
    .option("--tty", "give the command a terminal (default: when this side has one)")
    .option("--no-tty", "no terminal")
    .option("--user <uid>", "run as this numeric user", wholeNumber)
    .option("--group <gid>", "run as this numeric group", wholeNumber)
    .option("--env <key=value>", "set an environment variable (repeatable)", keyValue)
    .option("--cwd <directory>", "run in this directory")
    .option("--timeout <seconds>", "how long to wait for a booting guest", seconds, 300)
    .example("lodge run debian/12 -- cat /etc/os-release", "in a container")
    .example("lodge run debian/12 --vm", "a shell in a virtual machine that is gone afterwards")
    .example("lodge run debian/12 -p sandbox -- sh -s < install.sh", "a script that nobody trusts: without network")
    .action(async (image: string, command: string[], options: Options) => {
      context.status = await runOnce(
        context,
        { image, name: options.name, options },
        {
          command: command.length > 0 ? command : loginShell,
          terminal: options.tty,
          environment: { ...options.env },
          user: options.user,
          group: options.group,
          cwd: options.cwd,
          patience: { wait: true, timeout: options.timeout },
        },
      );
    });

export default run;
