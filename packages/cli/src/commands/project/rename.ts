import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const rename: CommandFactory = (context) =>
  new LodgeCommand("rename")
    .summary("Give a project another name.")
    .description("Give an empty project another name; certificates that are restricted to it follow.")
    .argument("<project>")
    .argument("<name>")
    .example("lodge project rename lab attic", "lab is attic from now on")
    .action(async (project: string, name: string) => {
      const { projects } = await context.client();
      await projects.rename(project, name);
      context.leave(project, name);
      context.say(`Renamed project ${project} to ${name}`);
    });

export default rename;
