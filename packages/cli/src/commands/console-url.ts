import { Option } from "commander";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { formatTime } from "../render/units.ts";

interface Options {
  readonly viewer?: true;
  readonly operator?: true;
  readonly manager?: true;
  readonly local?: true;
}

const consoleUrl: CommandFactory = (context) =>
  new LodgeCommand("console-url")
    .summary("Print a link that opens the web console.")
    .description(
      "Print a link that opens the web console, signed in as you: once, within ten minutes. Where core.https_address is not set, it leads to this host alone.",
    )
    .addOption(new Option("--viewer", "the session may only look").conflicts(["operator", "manager"]))
    .addOption(new Option("--operator", "the session may use instances, and not change them").conflicts("manager"))
    .option("--manager", "the session may do everything in the project, and nothing to the server")
    .option("--local", "on this host's own address, also where HTTPS is served")
    .example("lodge console-url", "a link to open in a browser")
    .example("lodge console-url --viewer", "a link for somebody who is only to look")
    .action(async ({ viewer, operator, manager, local }: Options) => {
      const client = await context.client();
      const role = viewer ? "viewer" : operator ? "operator" : manager ? "manager" : undefined;
      const { url, expires_at } = await client.console.link({
        ...(role && { role, projects: [context.project] }),
        ...(local && { local }),
      });
      context.print(url);
      context.say(`It signs one browser in, once, until ${formatTime(expires_at)}.`);
    });

export default consoleUrl;
