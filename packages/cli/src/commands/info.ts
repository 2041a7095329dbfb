import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";

const info: CommandFactory = (context) =>
  new LodgeCommand("info")
    .description("Show what an instance is and what it uses.")
    .argument("<instance>")
    .example("lodge info web", "state, addresses, memory, image of web")
    .action(async (name: string) => {
      const client = await context.client();
      const [instance, { instancePage }] = await Promise.all([
        client.instances.getFull(name),
        import("../render/instance-page.ts"),
      ]);
      context.print(instancePage(instance, new Date()));
    });

export default info;
