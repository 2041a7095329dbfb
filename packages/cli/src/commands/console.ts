import { InvalidArgumentError } from "commander";
import { attachTerminal } from "../attach-console.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { parseKey } from "../terminal/detach-keys.ts";

const ctrlA = 1;

const consoleCommand: CommandFactory = (context) =>
  new LodgeCommand("console")
    .summary("Attach to the console, or print what it has shown.")
    .description("Attach to an instance's console, or print what it has shown.")
    .argument("<instance>")
    .option("--log", "print what the console showed in this or the last run")
    .option("--escape <key>", "the key before q that detaches, such as ^a or ^]", escapeKey, ctrlA)
    .example("lodge console web", "attach; Ctrl-a q detaches")
    .example("lodge console db --log | tail", "the end of what it printed")
    .action(async (instance: string, options: { log?: true; escape: number }) => {
      const client = await context.client();
      if (options.log) {
        context.surroundings.stdout.write(await client.instances.consoleLog(instance));
        return;
      }
      await attachTerminal(context, instance, options.escape);
    });

function escapeKey(text: string): number {
  const key = parseKey(text);
  if (key === undefined) throw new InvalidArgumentError("It must be a key with Ctrl, such as ^a or ^].");
  return key;
}

export default consoleCommand;
