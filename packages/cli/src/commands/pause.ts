import { eachInstance } from "../each-instance.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";

const pause: CommandFactory = (context) =>
  new LodgeCommand("pause")
    .summary("Freeze instances until they are resumed.")
    .description("Freeze instances: they keep their memory and do nothing until they are resumed.")
    .argument("<instance...>")
    .example("lodge pause web", "freeze web; `lodge resume web` lets it go on")
    .action(async (names: string[]) => {
      const { instances } = await context.client();
      await eachInstance(context, names, {
        doing: "Pausing",
        done: "Paused",
        begin: (name) => instances.setState(name, "freeze"),
      });
    });

export default pause;
