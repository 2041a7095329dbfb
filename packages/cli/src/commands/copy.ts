import type { Devices, InstanceCreate } from "@lodge/api";
import { createdName, type LodgeClient } from "@lodge/sdk";
import type { Context } from "../context.ts";
import { withAbsoluteSources } from "../device-settings.ts";
import { follow } from "../follow.ts";
import { lifetimeOption, withLifetime } from "../lifetime-option.ts";
import { type CommandFactory, collect, LodgeCommand } from "../lodge-command.ts";
import { modeOption } from "../migrate.ts";
import { device, keyValue } from "../parse-value.ts";
import { type End, endOf } from "../remotes/ends.ts";
import { type SendOptions, sendInstance, sourceOf, splitSnapshot } from "../send-instance.ts";

interface CopyOptions extends SendOptions {
  readonly config?: Readonly<Record<string, string>>;
  readonly device?: Devices;
  readonly storage?: string;
  readonly profile?: readonly string[];
  /** False: none at all. */
  readonly profiles: boolean;
  readonly ephemeral?: true;
  readonly ttl?: string;
  /** The copy is there already. */
  readonly refresh?: true;
}

const copy: CommandFactory = (context) =>
  new LodgeCommand("copy")
    .summary("Make a new instance of another, or of one of its snapshots.")
    .description(
      "Make a new instance of another, running or not, or of one of its snapshots. The copy has addresses and an identity of its own and is stopped; what the guest keeps of itself (its machine-id, its ssh host keys) is copied like everything else in it. Either may be on another server; what runs goes there with `--stateless` only.",
    )
    .betweenServers()
    .argument("<source>", "[REMOTE:]INSTANCE, or INSTANCE/SNAPSHOT for what it was")
    .argument("[name]", "name of the new instance; in another project, and behind REMOTE:, it may be left out")
    .option("--instance-only", "without the snapshots")
    .option("--refresh", "bring a copy that is there and stopped up to date: it becomes what the source is now")
    .option("--stateless", "to another server: as it is on disk, also while it runs")
    .addOption(modeOption())
    .option("-c, --config <key=value>", "set a configuration key of the copy (repeatable)", keyValue)
    .option("-d, --device <name,key=value>", "change a device of the copy or add one (repeatable)", device)
    .option("-s, --storage <pool>", "put the copy into this pool instead of the source's")
    .option("--target-project <project>", "put the copy into this project; profiles are those of the same names there")
    .option("-p, --profile <name>", "use this profile instead of the source's (repeatable)", collect)
    .option("--no-profiles", "without any profile")
    .option("-e, --ephemeral", "delete the copy when it stops")
    .addOption(lifetimeOption())
    .example("lodge copy web web2", "web as it is now, with its snapshots")
    .example("lodge copy web web2 --storage fast", "in another pool")
    .example("lodge copy web web2 --refresh", "once more, into the copy that there is")
    .example("lodge copy web --target-project blue", "in another project, under the same name")
    .example("lodge copy web/snap0 lab -c limits.memory=512MiB", "web as it was, with less memory")
    .example("lodge copy web lab:", "on another server")
    .action(async (sourceWord: string, nameWord: string | undefined, options: CopyOptions, command: LodgeCommand) => {
      const at = (word: string) => endOf(context.remotes, context.globals.remote, word);
      const from = at(sourceWord);
      const to = nameWord === undefined ? { ...from, word: "" } : at(nameWord);
      const client = await context.clientOf(from.remote);
      if (from.remote !== to.remote) return copyThere(context, client, from, to, options);
      const { targetProject } = options;
      const source = from.word;
      if (to.word === "" && targetProject === undefined) command.error("error: say the copy's name");
      const name = to.word || splitSnapshot(source).instance;
      const target = await context.clientOf(to.remote, targetProject);
      const config = withLifetime(options.config, options.ttl);
      const request: InstanceCreate = {
        name,
        source: {
          type: "copy",
          source,
          ...(targetProject !== undefined && { project: context.projectOn(from.remote) }),
          ...(options.instanceOnly && { instance_only: true }),
          ...(options.refresh && { refresh: true }),
        },
        ...(config && { config }),
        ...((options.device || options.storage !== undefined) && { devices: await devices(client, source, options) }),
        ...((options.profile || !options.profiles) && { profiles: [...(options.profile ?? [])] }),
        ...(options.ephemeral && { ephemeral: true }),
      };
      const operation = await target.instances.create(request);
      const made = createdName(operation) || name;
      await follow(context, operation, `Copying ${sourceWord}`);
      sayCopied(context, sourceWord, made, to);
    });

async function copyThere(
  context: Context,
  client: LodgeClient,
  from: End,
  to: End,
  options: CopyOptions,
): Promise<void> {
  const name = to.word || splitSnapshot(from.word).instance;
  const changes = {
    config: withLifetime(options.config, options.ttl),
    devices: options.device || options.storage ? await devices(client, from.word, options) : undefined,
    profiles: options.profile || !options.profiles ? (options.profile ?? []) : undefined,
    ephemeral: options.ephemeral,
  };
  const source = `${from.remote}:${from.word}`;
  await sendInstance(context, from, { ...to, word: name }, options, changes, `Copying ${source}`);
  sayCopied(context, source, name, to);
}

function sayCopied(context: Context, source: string, made: string, { remote }: End): void {
  const shown = remote === context.remotes.default ? made : `${remote}:${made}`;
  if (context.globals.quiet) return context.print(made);
  context.say(`Copied ${source} to ${shown}`);
  if (context.columns !== undefined) context.note(`Start it with \`lodge start ${shown}\`.`);
}

/** A device that the source has is changed, not replaced: `root,size=20GiB` keeps its pool. */
async function devices(
  client: LodgeClient,
  source: string,
  { device: changes = {}, storage }: Pick<CopyOptions, "device" | "storage">,
): Promise<Devices> {
  const { expanded_devices } = await sourceOf(client, source);
  const root = Object.keys(expanded_devices).find((name) => expanded_devices[name]?.["path"] === "/") ?? "root";
  const moved = storage === undefined ? {} : { [root]: { ...changes[root], pool: storage } };
  const merged = Object.entries({ ...changes, ...moved }).map(([name, settings]) => [
    name,
    { ...expanded_devices[name], ...settings },
  ]);
  return withAbsoluteSources(Object.fromEntries(merged) as Devices);
}

export default copy;
