import { eachInstance } from "../each-instance.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { seconds } from "../parse-value.ts";

const stop: CommandFactory = (context) =>
  new LodgeCommand("stop")
    .summary("Stop instances.")
    .description("Stop instances: ask their guests to power off, or end them at once.")
    .argument("<instance...>")
    .option("-f, --force", "end them at once, without asking the guest")
    .option("--timeout <seconds>", "how long to wait for the guest", seconds)
    .option("--stateful", "keep a virtual machine's memory and devices: its next start goes on where it was")
    .example("lodge stop web", "a clean shutdown")
    .example("lodge stop db --stateful && lodge start db", "db goes on where it was")
    .example("lodge stop web --timeout 30 || lodge stop web --force", "clean if it takes no longer than 30 s")
    .action(async (names: string[], options: { force?: true; timeout?: number; stateful?: true }) => {
      const { instances } = await context.client();
      await eachInstance(context, names, {
        doing: "Stopping",
        done: "Stopped",
        begin: (name) =>
          instances.setState(name, "stop", {
            force: options.force ?? false,
            timeout: options.timeout ?? -1,
            ...(options.stateful && { stateful: true }),
          }),
      });
    });

export default stop;
