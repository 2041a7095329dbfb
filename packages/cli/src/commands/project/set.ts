import { parseAssignments } from "../../assignments.ts";
import { changeProject } from "../../change-server.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const set: CommandFactory = (context) =>
  new LodgeCommand("set")
    .summary("Set keys.")
    .description("Set configuration keys of a project. The keys: docs/reference/server.md.")
    .argument("<project>")
    .argument("<settings...>", "key=value…, or one key and its value")
    .example("lodge project set default templates.enabled=false", "its machines boot")
    .action(async (name: string, words: string[]) => {
      const settings = parseAssignments(words);
      await changeProject(context, name, (config) => ({ ...config, ...settings }));
    });

export default set;
