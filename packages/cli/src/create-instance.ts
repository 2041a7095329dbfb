import type { Devices, InstanceCreate } from "@lodge/api";
import { createdName, type LodgeClient } from "@lodge/sdk";
import type { Context } from "./context.ts";
import { withAbsoluteSources } from "./device-settings.ts";
import { follow } from "./follow.ts";
import { findOrigin } from "./instance-origin.ts";
import { collect, LodgeCommand } from "./lodge-command.ts";
import { device, keyValue } from "./parse-value.ts";

export interface CreateOptions {
  readonly vm?: true;
  readonly empty?: true;
  readonly config?: Readonly<Record<string, string>>;
  readonly device?: Devices;
  readonly profile?: readonly string[];
  readonly nic: boolean;
  readonly ephemeral?: true;
}

/** What `launch` and `init` have in common: their arguments and options. */
export function createCommand(name: string): LodgeCommand {
  return new LodgeCommand(name)
    .argument(
      "<image>",
      "alias (debian/12) or fingerprint of an image, or an ISO to install from; with --empty the name",
    )
    .argument("[name]", "name of the instance; chosen by the daemon when missing")
    .option("--vm", "a virtual machine instead of a container")
    .option("--empty", "of no image: with an empty root disk (10GiB in a virtual machine, or `-d root,size=…`)")
    .option("-c, --config <key=value>", "set a configuration key (repeatable)", keyValue)
    .option("-d, --device <name,key=value>", "change a device of the profiles or add one (repeatable)", device)
    .option("-p, --profile <name>", "use this profile instead of default (repeatable)", collect)
    .option("--no-nic", "without a network device")
    .option("-e, --ephemeral", "delete the instance when it stops");
}

/** Makes an instance, and starts it where asked to. Returns its name. */
export async function createInstance(
  context: Context,
  image: string,
  name: string | undefined,
  options: CreateOptions,
  start: boolean,
): Promise<string> {
  const client = await context.client();
  const asked = { image, name, vm: options.vm ?? false, empty: options.empty ?? false };
  const origin = await findOrigin(client, asked);
  const request: InstanceCreate = {
    ...origin.request,
    config: { ...options.config },
    devices: await devices(client, options, origin.devices),
    ...(options.profile && { profiles: [...options.profile] }),
    ephemeral: options.ephemeral ?? false,
    start,
  };
  const operation = await client.instances.create(request);
  const made = createdName(operation) || (request.name ?? "");
  await follow(context, operation, `${start ? "Launching" : "Creating"} ${made}`);
  return made;
}

/** A device that a profile has too is changed, not replaced: `root,size=20GiB` keeps its pool. */
async function devices(client: LodgeClient, options: CreateOptions, given: Devices = {}): Promise<Devices> {
  const own: Devices = { ...(options.nic ? {} : { eth0: { type: "none" } }), ...given };
  for (const [name, settings] of Object.entries(options.device ?? {})) own[name] = { ...own[name], ...settings };
  if (!options.device && Object.keys(given).length === 0) return own;
  const profiles = await Promise.all((options.profile ?? ["default"]).map((name) => client.profiles.get(name)));
  const inherited: Devices = Object.assign({}, ...profiles.map((profile) => profile.devices));
  const merged = Object.entries(own).map(([name, settings]) => [name, { ...inherited[name], ...settings }] as const);
  return withAbsoluteSources(Object.fromEntries(merged));
}
