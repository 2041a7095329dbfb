import { type CreateOptions, createCommand, createInstance } from "../create-instance.ts";
import type { CommandFactory } from "../lodge-command.ts";

const launch: CommandFactory = (context) =>
  createCommand("launch")
    .description("Make an instance of an image and start it.")
    .example("lodge launch debian/12 web", "a container")
    .example("lodge launch debian/12 db --vm -c limits.memory=2GiB -c limits.cpu=2", "a virtual machine with 2 CPUs")
    .example("lodge launch tiny --vm -e", "a virtual machine under any name, deleted when it stops")
    .example("lodge launch debian/12 big -d root,size=20GiB", "with a larger root disk")
    .action(async (image: string, name: string | undefined, options: CreateOptions) => {
      const made = await createInstance(context, image, name, options, true);
      if (context.globals.quiet) return context.print(made);
      context.say(`Launched ${made}`);
      if (context.columns !== undefined) context.note(`Try \`lodge shell ${made}\` or \`lodge info ${made}\`.`);
    });

export default launch;
