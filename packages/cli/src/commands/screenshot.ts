import { writeFile } from "node:fs/promises";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";

const screenshot: CommandFactory = (context) =>
  new LodgeCommand("screenshot")
    .description("Save a virtual machine's screen as a PNG picture.")
    .argument("<instance>")
    .argument("<file>", "where to, - for standard output")
    .example("lodge screenshot db screen.png", "what a monitor would show")
    .action(async (instance: string, file: string) => {
      const client = await context.client();
      const picture = await client.instances.screenshot(instance);
      if (file === "-") {
        context.surroundings.stdout.write(picture);
        return;
      }
      await writeFile(file, picture);
      context.say(`Saved ${file}`);
    });

export default screenshot;
