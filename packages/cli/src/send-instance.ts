/** Copies of instances on other servers. */
import type { Devices, Instance, InstanceCreate, InstanceSnapshot } from "@lodge/api";
import type { LodgeClient, MigrationMode } from "@lodge/sdk";
import type { Context } from "./context.ts";
import { migrateBetween } from "./migrate.ts";
import type { End } from "./remotes/ends.ts";

export interface SendOptions {
  readonly mode?: MigrationMode;
  readonly instanceOnly?: true;
  /** As it is on disk, also while it runs. */
  readonly stateless?: true;
  /** It is there already, and becomes what the source is now. */
  readonly refresh?: true;
  /** Missing: that in which one works on the other server. */
  readonly targetProject?: string;
}

/** What is to be another than at the source. */
export interface Changes {
  readonly config?: Readonly<Record<string, string>> | undefined;
  /** In the place of devices of these names, or beside them. */
  readonly devices?: Devices | undefined;
  /** Missing: the source's. */
  readonly profiles?: readonly string[] | undefined;
  readonly ephemeral?: true | undefined;
  /** It stays what it is: its identity and its addresses. */
  readonly same?: true;
}

type Source = Pick<InstanceSnapshot, "architecture" | "description" | "config" | "devices" | "profiles" | "ephemeral"> &
  Partial<Pick<Instance, "type" | "status">>;

/** Returns when it is there. `from`: INSTANCE or INSTANCE/SNAPSHOT. */
export async function sendInstance(
  context: Context,
  from: End,
  to: End,
  options: SendOptions,
  changes: Changes,
  doing: string,
): Promise<void> {
  const [here, there] = [await context.clientOf(from.remote), await context.clientOf(to.remote, options.targetProject)];
  const { instance, snapshot } = splitSnapshot(from.word);
  const source: Source = await sourceOf(here, from.word);
  const live = source.status === "Running" && !options.stateless;
  const create = asRequest(source, to.word, changes);
  await migrateBetween(context, { from: from.remote, to: to.remote, mode: options.mode }, doing, {
    send: (target) =>
      snapshot === undefined
        ? here.instances.send(instance, { live, instance_only: options.instanceOnly === true, target })
        : here.instances.snapshots(instance).send(snapshot, target),
    receive: (received) =>
      there.instances.create({
        ...create,
        source: {
          ...received,
          live,
          ...(options.instanceOnly && { instance_only: true }),
          ...(options.refresh && { refresh: true }),
        },
      }),
  });
}

export function splitSnapshot(word: string): { readonly instance: string; readonly snapshot?: string } {
  const [instance = "", snapshot] = word.split("/", 2);
  return { instance, ...(snapshot !== undefined && { snapshot }) };
}

export function sourceOf(client: LodgeClient, word: string): Promise<Instance | InstanceSnapshot> {
  const { instance, snapshot } = splitSnapshot(word);
  return snapshot === undefined ? client.instances.get(instance) : client.instances.snapshots(instance).get(snapshot);
}

function asRequest(source: Source, name: string, changes: Changes): Omit<InstanceCreate, "source"> {
  const { architecture, description, config, devices, profiles, ephemeral, type } = source;
  const kept = Object.entries(config).filter(
    ([key]) => changes.same || key === "volatile.base_image" || !key.startsWith("volatile."),
  );
  return {
    ...{ name, architecture, description, ...(type && { type }) },
    config: { ...Object.fromEntries(kept), ...changes.config },
    devices: { ...devices, ...changes.devices },
    profiles: [...(changes.profiles ?? profiles)],
    ephemeral: changes.ephemeral ?? ephemeral,
  };
}
