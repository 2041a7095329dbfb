import { candidates } from "../completion/candidates.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";

const complete: CommandFactory = (context) =>
  new LodgeCommand("__complete")
    .description("Print what may stand for the last of these words, one a line. For the shells' completion.")
    .argument("[words...]")
    .action(async (words: string[]) => {
      for (const candidate of await candidates(words, context)) context.print(candidate);
    });

export default complete;
