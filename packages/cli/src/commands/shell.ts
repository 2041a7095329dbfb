import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { seconds, wholeNumber } from "../parse-value.ts";
import { runCommand } from "../run-command.ts";

/** The user's own shell where it has one that can be used, else bash, else sh. */
const loginShell = `shell=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f7)
case $shell in "" | */nologin | */false) shell=$(command -v bash || command -v sh) ;; esac
exec "$shell" -l`;

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
        command: ["/bin/sh", "-c", loginShell],
        terminal: undefined,
        user: options.user,
        group: options.group,
        patience: { wait: options.wait, timeout: options.timeout },
      });
    });

export default shell;
