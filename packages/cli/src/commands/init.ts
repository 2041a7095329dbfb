import { type CreateOptions, createCommand, createInstance } from "../create-instance.ts";
import type { CommandFactory } from "../lodge-command.ts";

const init: CommandFactory = (context) =>
  createCommand("init")
    .description("Make an instance of an image without starting it.")
    .example("lodge init debian/12 web", "a container, to be started with `lodge start web`")
    .example("lodge init debian/12 lab --vm --no-nic", "a virtual machine without a network")
    .example("lodge init --empty lab --vm -d root,size=20GiB", "a virtual machine with an empty disk")
    .action(async (image: string | undefined, name: string | undefined, options: CreateOptions) => {
      const made = await createInstance(context, image, name, options, false);
      if (context.globals.quiet) return context.print(made);
      context.say(`Created ${made}`);
      if (context.columns !== undefined) context.note(`Start it with \`lodge start ${made}\`.`);
    });

export default init;
