import { follow } from "../follow.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { modeOption } from "../migrate.ts";
import { moveInstanceThere } from "../move-instance.ts";
import { endOf } from "../remotes/ends.ts";
import { renameInstance } from "../rename-instance.ts";
import type { SendOptions } from "../send-instance.ts";

interface MoveOptions extends SendOptions {
  readonly storage?: string;
}

const move: CommandFactory = (context) =>
  new LodgeCommand("move")
    .summary("Bring an instance to another storage pool, project or server, or give it another name.")
    .description(
      "Bring a stopped instance, with its snapshots, to another storage pool (`--storage`), project (`--target-project`) or server, or give it another name as `lodge rename` does, or both. To another server, one that runs goes with `--stateless`: it is shut down, brought there and started again.",
    )
    .betweenServers()
    .argument("<instance>", "[REMOTE:]INSTANCE")
    .argument("[name]", "another name; REMOTE: or REMOTE:NAME to bring it there")
    .option("-s, --storage <pool>", "the pool that it is to lie in")
    .option("--target-project <project>", "the project that it is to be in")
    .option("--instance-only", "to another server: without the snapshots, which are lost")
    .option("--stateless", "to another server: also one that runs")
    .addOption(modeOption())
    .example("lodge move web --storage fast", "web lies in the pool fast from now on")
    .example("lodge move web --target-project blue", "web is in the project blue from now on")
    .example("lodge move web www", "web is www from now on")
    .example("lodge move web lab:", "web is on the server lab from now on")
    .action(async (instance: string, newName: string | undefined, options: MoveOptions, command: LodgeCommand) => {
      const at = (word: string) => endOf(context.remotes, context.globals.remote, word);
      const from = at(instance);
      const to = newName === undefined ? { ...from, word: "" } : at(newName);
      if (from.remote !== to.remote) return moveInstanceThere(context, from, to, options);
      const { storage, targetProject } = options;
      if (storage !== undefined && targetProject !== undefined)
        command.error("error: --storage and --target-project are two steps");
      const client = await context.clientOf(from.remote);
      const [name, as] = to.word === "" ? [from.word, ""] : [to.word, ` as ${to.word}`];
      if (targetProject !== undefined) {
        const operation = await client.instances.moveToProject(from.word, targetProject, name);
        await follow(context, operation, `Moving ${from.word}`);
        return context.say(`Moved ${from.word} to project ${targetProject}${as}`);
      }
      if (storage !== undefined) {
        await follow(context, await client.instances.move(from.word, storage, name), `Moving ${from.word}`);
        return context.say(`Moved ${from.word} to pool ${storage}${as}`);
      }
      if (to.word === "") command.error("error: say a name, a server, or a pool with --storage");
      await renameInstance(context, client, from.word, to.word);
    });

export default move;
