import type { ProjectPut } from "@lodge/api";
import { parseAssignments } from "../../assignments.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { readPipedObject } from "../../piped-text.ts";
import { projectShape } from "../../yaml-object.ts";

interface CreateOptions {
  readonly config?: readonly string[];
  readonly description?: string;
  readonly storage?: string;
  readonly network?: string;
}

const create: CommandFactory = (context) =>
  new LodgeCommand("create")
    .summary("Make a project.")
    .description(
      "Make a project: instances in it have names, profiles and volumes of their own. Its profile `default` has neither a root disk nor a nic unless `--storage` and `--network` say so. Its content may come as YAML on standard input.",
    )
    .argument("<name>")
    .option("-c, --config <key=value...>", "a configuration key (repeatable)")
    .option("--description <text>", "what it is for")
    .option("-s, --storage <pool>", "put a root disk in this pool into its profile")
    .option("-n, --network <network>", "put a nic on this network into its profile")
    .example("lodge project create web --storage default --network lodgebr0", "ready for `lodge launch --project web`")
    .example("lodge project create lab -c features.profiles=false", "with the profiles of the project default")
    .example(
      "lodge project create class -c limits.instances=20 -c restricted=true",
      "with a limit, and no way to the host",
    )
    .action(async (name: string, { config: words = [], description, storage, network }: CreateOptions) => {
      const { projects } = await context.client();
      const piped: ProjectPut = await readPipedObject(context, projectShape);
      const config = { ...piped.config, ...(words.length > 0 && parseAssignments([...words])) };
      await projects.create({
        ...{ ...piped, name, config },
        ...(description !== undefined && { description }),
        ...(storage !== undefined && { storage }),
        ...(network !== undefined && { network }),
      });
      context.say(`Created project ${name}`);
    });

export default create;
