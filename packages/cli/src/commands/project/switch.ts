import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const switchProject: CommandFactory = (context) =>
  new LodgeCommand("switch")
    .summary("Choose the project that commands work in.")
    .description("Choose the project of a server that commands work in unless `--project` says otherwise.")
    .argument("<project>")
    .example("lodge project switch lab", "so that `lodge list` lists what is in it")
    .example("lodge project switch default", "back to the first one")
    .action(async (name: string) => {
      const { projects } = await context.client();
      await projects.get(name);
      context.remotes.setProject(context.remote, name);
      context.say(`Commands work in project ${name} now.`);
    });

export default switchProject;
