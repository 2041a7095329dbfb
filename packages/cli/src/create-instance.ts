import type { Devices, InstanceCreate } from "@lodge/api";
import { asLodgeError, LodgeError } from "@lodge/api/errors";
import { createdName, type LodgeClient } from "@lodge/sdk";
import type { Context } from "./context.ts";
import { withAbsoluteSources } from "./device-settings.ts";
import { follow } from "./follow.ts";
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
    .argument("<image>", "alias (debian/12) or fingerprint of an image; with --empty the name of the instance")
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
  given: string | undefined,
  options: CreateOptions,
  start: boolean,
): Promise<string> {
  const client = await context.client();
  const name = options.empty ? nameOfEmpty(image, given) : given;
  const request: InstanceCreate = {
    ...(name !== undefined && { name }),
    ...(options.empty ? emptyRequest(options) : await imageRequest(client, image, options.vm ?? false)),
    config: { ...options.config },
    devices: await devices(client, options),
    ...(options.profile && { profiles: [...options.profile] }),
    ephemeral: options.ephemeral ?? false,
    start,
  };
  const operation = await client.instances.create(request);
  const made = createdName(operation) || (name ?? "");
  await follow(context, operation, `${start ? "Launching" : "Creating"} ${made}`);
  return made;
}

/** Without an image the first word is the name. */
function nameOfEmpty(name: string, more: string | undefined): string {
  if (more === undefined) return name;
  throw new LodgeError({
    code: "request_invalid",
    message: `With --empty there is no image: give the name alone, "${name}" or "${more}".`,
  });
}

const emptyRequest = ({ vm }: CreateOptions): Pick<InstanceCreate, "type" | "source"> => ({
  type: vm ? "virtual-machine" : "container",
  source: { type: "none" },
});

/** An alias is the daemon's to resolve, for each type has aliases of its own. A fingerprint tells the type itself. */
async function imageRequest(
  client: LodgeClient,
  image: string,
  vm: boolean,
): Promise<Pick<InstanceCreate, "type" | "source">> {
  const type = vm ? "virtual-machine" : "container";
  if (/^[0-9a-f]{6,64}$/.test(image)) {
    try {
      const found = await client.images.get(image);
      return { type: vm ? type : found.type, source: { type: "image", fingerprint: found.fingerprint } };
    } catch (error) {
      if (asLodgeError(error).kind !== "not_found") throw error;
    }
  }
  return { type, source: { type: "image", alias: image } };
}

/** A device that a profile has too is changed, not replaced: `root,size=20GiB` keeps its pool. */
async function devices(client: LodgeClient, options: CreateOptions): Promise<Devices> {
  const own: Devices = { ...(options.nic ? {} : { eth0: { type: "none" } }), ...options.device };
  if (!options.device) return own;
  const profiles = await Promise.all((options.profile ?? ["default"]).map((name) => client.profiles.get(name)));
  const inherited: Devices = Object.assign({}, ...profiles.map((profile) => profile.devices));
  const merged = Object.entries(own).map(([name, settings]) => [name, { ...inherited[name], ...settings }] as const);
  return withAbsoluteSources(Object.fromEntries(merged));
}
