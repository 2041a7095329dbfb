import { type InstanceBackupIndex, type InstanceCreate, LodgeError } from "@lodge/api";
import { ownNotes } from "../backups/identity.ts";

type Wanted = Pick<
  InstanceCreate,
  "type" | "config" | "devices" | "profiles" | "description" | "ephemeral" | "architecture"
>;

/**
 * What is to be made of what another server sends: what the request says, else what the source says of itself. Of the daemon's notes the
 * source's are believed, and only where the request repeats its identity: clients do that to move an instance, and leave it out to copy one.
 */
export function movedIndex(index: InstanceBackupIndex, wanted: Wanted): InstanceBackupIndex {
  requireWhole(index, wanted);
  const { instance } = index;
  const said = instance.config ?? {};
  const uuid = said["volatile.uuid"];
  const isSame = uuid !== undefined && wanted.config?.["volatile.uuid"] === uuid;
  const base = said["volatile.base_image"];
  return {
    ...index,
    instance: {
      ...instance,
      architecture: wanted.architecture || instance.architecture,
      description: wanted.description ?? instance.description,
      config: {
        ...withoutVolatile(wanted.config ?? said),
        ...(base !== undefined && { "volatile.base_image": base }),
        ...(isSame && ownNotes(said)),
      },
      devices: wanted.devices ?? instance.devices,
      profiles: wanted.profiles ?? instance.profiles,
      ephemeral: wanted.ephemeral ?? instance.ephemeral,
      // A copy is made now.
      created_at: isSame ? instance.created_at : undefined,
    },
  };
}

function requireWhole({ name, type, since }: InstanceBackupIndex, wanted: Wanted): void {
  if (since) throw new LodgeError({ code: "backup_invalid", message: `Only a part of "${name}" was sent.` });
  if (!wanted.type || wanted.type === type) return;
  throw new LodgeError({ code: "request_invalid", message: `"${name}" is a ${type}, and not a ${wanted.type}.` });
}

const withoutVolatile = (config: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(config).filter(([key]) => !key.startsWith("volatile.")));
