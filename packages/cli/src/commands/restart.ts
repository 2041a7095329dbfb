import { eachInstance } from "../each-instance.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { seconds } from "../parse-value.ts";

const restart: CommandFactory = (context) =>
  new LodgeCommand("restart")
    .description("Stop instances and start them again.")
    .argument("<instance...>")
    .option("-f, --force", "end them at once, without asking the guest")
    .option("--timeout <seconds>", "how long to wait for the guest", seconds)
    .example("lodge restart web", "a clean shutdown and a new start")
    .example("lodge restart db --force", "like the reset button")
    .action(async (names: string[], options: { force?: true; timeout?: number }) => {
      const { instances } = await context.client();
      await eachInstance(context, names, {
        doing: "Restarting",
        done: "Restarted",
        begin: (name) =>
          instances.setState(name, "restart", { force: options.force ?? false, timeout: options.timeout ?? -1 }),
      });
    });

export default restart;
