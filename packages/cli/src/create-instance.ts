import type { Config, Devices, InstanceCreate, InstancePut } from "@lodge/api";
import { createdName, type LodgeClient, type RunningOperation } from "@lodge/sdk";
import { Option } from "commander";
import type { Context } from "./context.ts";
import { createDevices } from "./create-devices.ts";
import { follow } from "./follow.ts";
import { findOrigin } from "./instance-origin.ts";
import { lifetimeOption, withLifetime } from "./lifetime-option.ts";
import { collect, LodgeCommand } from "./lodge-command.ts";
import { device, keyValue } from "./parse-value.ts";
import { readPipedObject } from "./piped-text.ts";
import { imageServerWord, sourceServer } from "./remotes/image-words.ts";
import { instanceShape } from "./yaml-object.ts";

export interface CreateOptions {
  readonly vm?: true;
  readonly empty?: true;
  readonly config?: Readonly<Record<string, string>>;
  readonly device?: Devices;
  readonly profile?: readonly string[];
  /** False: none at all. */
  readonly profiles: boolean;
  readonly nic: boolean;
  readonly network?: string;
  readonly storage?: string;
  readonly type?: string;
  readonly ephemeral?: true;
  readonly ttl?: string;
}

/** What `launch` and `init` have in common: their arguments and options. */
export function createCommand(name: string): LodgeCommand {
  const command = new LodgeCommand(name)
    .argument(
      "[image]",
      "alias (debian/12) or fingerprint of an image, or an ISO to install from; with --empty the name",
    )
    .argument("[name]", "name of the instance; chosen by the daemon when missing")
    .option("--empty", "of no image: with an empty root disk (10GiB in a virtual machine, or `-d root,size=…`)");
  return withCreateOptions(command).option("-e, --ephemeral", "delete the instance when it stops");
}

/** What can be said of every new instance. */
export function withCreateOptions(command: LodgeCommand): LodgeCommand {
  return command
    .option("--vm", "a virtual machine instead of a container")
    .option("-c, --config <key=value>", "set a configuration key (repeatable)", keyValue)
    .option("-d, --device <name,key=value>", "change a device of the profiles or add one (repeatable)", device)
    .option("-p, --profile <name>", "use this profile instead of default (repeatable)", collect)
    .option("--no-profiles", "without any profile: devices and all must be given")
    .option("-n, --network <network>", "connect eth0 to this network instead of the profile's")
    .addOption(new Option("--no-nic", "without a network device").conflicts("network"))
    .option("-s, --storage <pool>", "put the root disk into this pool instead of the profile's")
    .option("-t, --type <size>", "limits in short: c2-m4 for 2 CPUs and 4 GiB of memory")
    .addOption(lifetimeOption());
}

/** Makes an instance, and starts it where asked to; what is piped in describes it, too. Returns its name. */
export async function createInstance(
  context: Context,
  image: string | undefined,
  name: string | undefined,
  options: CreateOptions,
  start: boolean,
): Promise<string> {
  const piped = await readPipedObject(context, instanceShape);
  const operation = await beginCreation(context, { image, name, options, start, piped });
  const made = createdName(operation);
  await follow(context, operation, `${start ? "Launching" : "Creating"} ${made}`);
  return made;
}

export interface Creation {
  readonly image: string | undefined;
  readonly name: string | undefined;
  readonly options: CreateOptions;
  readonly start: boolean;
  readonly piped: InstancePut;
}

/** The name of what is made: `createdName`. */
export async function beginCreation(context: Context, creation: Creation): Promise<RunningOperation> {
  const { image, name, options, start, piped } = creation;
  const client = await context.client();
  const elsewhere = image === undefined ? undefined : imageServerWord(context.remotes, image);
  const asked = {
    ...{ image: elsewhere?.word ?? image, name, vm: options.vm ?? false, empty: options.empty ?? false },
    server: elsewhere && sourceServer(context.remotes, elsewhere.remote),
  };
  const origin = await findOrigin(client, asked);
  const profiles = options.profiles ? (options.profile ?? named(piped.profiles)) : [];
  const changes = options.device ?? options.storage ?? origin.devices;
  const request: InstanceCreate = {
    ...origin.request,
    ...(piped.description && { description: piped.description }),
    config: { ...withoutNotes(piped.config ?? {}), ...withLifetime(options.config, options.ttl) },
    devices: createDevices({
      inherited: changes ? await inheritedDevices(client, profiles ?? ["default"]) : {},
      nic: options.nic,
      given: piped.devices ?? {},
      network: options.network,
      medium: origin.devices ?? {},
      storage: options.storage,
      changes: options.device ?? {},
    }),
    ...(profiles && { profiles: [...profiles] }),
    ...(options.type !== undefined && { instance_type: options.type }),
    ephemeral: options.ephemeral ?? piped.ephemeral ?? false,
    start,
  };
  return client.instances.create(request);
}

/** No profiles in the YAML means that it does not say. */
const named = (profiles: readonly string[] | null | undefined) => (profiles?.length ? profiles : undefined);

/** What `lodge config show` prints is good for another instance: without what was the first one's own. */
const withoutNotes = (config: Config): Config =>
  Object.fromEntries(Object.entries(config).filter(([key]) => !/^(volatile|image)\./.test(key)));

async function inheritedDevices(client: LodgeClient, profiles: readonly string[]): Promise<Devices> {
  const found = await Promise.all(profiles.map((name) => client.profiles.get(name)));
  return Object.assign({}, ...found.map(({ devices }) => devices));
}
