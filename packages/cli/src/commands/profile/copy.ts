import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const copy: CommandFactory = (context) =>
  new LodgeCommand("copy")
    .summary("Make a profile like another.")
    .description("Make a profile with the content of another; nobody uses it yet.")
    .argument("<profile>")
    .argument("<name>")
    .example("lodge profile copy default isolated", "to be changed by `lodge profile edit isolated`")
    .action(async (profile: string, name: string) => {
      const { profiles } = await context.client();
      const { config, description, devices } = await profiles.get(profile);
      await profiles.create({ name, config, description, devices });
      context.say(`Created profile ${name}`);
    });

export default copy;
