import { changeProject } from "../../change-server.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { withoutKeys } from "../../settings.ts";

const unset: CommandFactory = (context) =>
  new LodgeCommand("unset")
    .summary("Take keys back to their defaults.")
    .description("Take configuration keys of a project back to their defaults.")
    .argument("<project>")
    .argument("<key...>")
    .example("lodge project unset default templates.enabled", "as the server says")
    .action(async (name: string, keys: string[]) => {
      await changeProject(context, name, (config) => withoutKeys(config, keys));
    });

export default unset;
