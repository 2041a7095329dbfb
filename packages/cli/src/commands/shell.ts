import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { loginShell } from "../login-shell.ts";
import { seconds, wholeNumber } from "../parse-value.ts";
import { runCommand } from "../run-command.ts";

const shell: CommandFactory = (context) =>
  new LodgeCommand("shell")
    .summary("Open a shell inside an instance.")
    .description("Open a login shell inside an instance; its exit status is passed on.")
    .argument("<instance>")
    .option("--user <uid>", "as this numeric user instead of root", wholeNumber)
    .option("--group <gid>", "as this numeric group", wholeNumber)
    .option("--no-wait", "fail at once when the guest is still booting")
    .option("--timeout <seconds>", "how long to wait for a booting guest", seconds, 300)
    .example("lodge shell web", "a root shell; `exit` or Ctrl-d leaves it")
    .action(async (instance: string, options: { user?: number; group?: number; wait: boolean; timeout: number }) => {
      context.status = await runCommand(context, {
        instance,
        command: loginShell,
        terminal: undefined,
        user: options.user,
        group: options.group,
        patience: { wait: options.wait, timeout: options.timeout },
      });
    });

export default shell;
