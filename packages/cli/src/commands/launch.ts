import { type CreateOptions, createCommand, createInstance } from "../create-instance.ts";
import { isMedium } from "../instance-origin.ts";
import type { CommandFactory } from "../lodge-command.ts";

const launch: CommandFactory = (context) =>
  createCommand("launch")
    .description("Make an instance of an image and start it.")
    .example("lodge launch debian/12 web", "a container")
    .example("lodge launch debian/12 db --vm -c limits.memory=2GiB -c limits.cpu=2", "a virtual machine with 2 CPUs")
    .example("lodge launch tiny --vm -e", "a virtual machine under any name, deleted when it stops")
    .example("lodge launch debian/12 try --ttl 1h", "gone after an hour")
    .example("lodge launch debian/12 big -d root,size=20GiB", "with a larger root disk")
    .example(
      "lodge launch debian/12 web2 < web.yaml",
      "with configuration and devices as `lodge config show` prints them",
    )
    .example(
      "lodge launch debian-13-netinst.iso lab --vm -d root,size=20GiB",
      "a virtual machine to install a system in",
    )
    .action(async (image: string | undefined, name: string | undefined, options: CreateOptions) => {
      const made = await createInstance(context, image, name, options, true);
      if (context.globals.quiet) return context.print(made);
      context.say(`Launched ${made}`);
      const tries = isMedium(image ?? "")
        ? `Look at its screen with \`lodge screenshot ${made}\` or \`lodge console ${made} --type vga\`.`
        : `Try \`lodge shell ${made}\` or \`lodge info ${made}\`.`;
      if (context.columns !== undefined) context.note(tries);
    });

export default launch;
