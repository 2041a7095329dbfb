import { eachInstance } from "../each-instance.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";

const resume: CommandFactory = (context) =>
  new LodgeCommand("resume")
    .description("Let paused instances go on.")
    .argument("<instance...>")
    .example("lodge resume web", "web goes on where it was paused")
    .action(async (names: string[]) => {
      const { instances } = await context.client();
      await eachInstance(context, names, {
        doing: "Resuming",
        done: "Resumed",
        begin: (name) => instances.setState(name, "unfreeze"),
      });
    });

export default resume;
