import { eachInstance } from "../each-instance.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";

const start: CommandFactory = (context) =>
  new LodgeCommand("start")
    .description("Start instances.")
    .argument("<instance...>")
    .option("--stateless", "give up the memory that `stop --stateful` kept, and boot")
    .example("lodge start web db", "both, one after the other")
    .action(async (names: string[], { stateless }: { stateless?: true }) => {
      const { instances } = await context.client();
      await eachInstance(context, names, {
        doing: "Starting",
        done: "Started",
        begin: (name) => instances.setState(name, "start", { ...(stateless && { stateful: false }) }),
      });
    });

export default start;
