import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const rename: CommandFactory = (context) =>
  new LodgeCommand("rename")
    .summary("Give a profile another name.")
    .description("Give a profile another name; instances that use it go on using it.")
    .argument("<profile>")
    .argument("<name>")
    .example("lodge profile rename small little", "small is little from now on")
    .action(async (profile: string, name: string) => {
      const { profiles } = await context.client();
      await profiles.rename(profile, name);
      context.say(`Renamed profile ${profile} to ${name}`);
    });

export default rename;
