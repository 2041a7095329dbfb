import { z } from "zod";

/** What opens the websockets of an operation, by their names: `control`, `fs`. */
export const migrationSecretsSchema = z.record(z.string(), z.string());

/** Where a source is to send what it sends: `target` of a migration in `push` mode. */
export const migrationTargetSchema = z.object({
  /** `https://HOST:PORT/1.0/operations/UUID`. */
  operation: z.string(),
  /** The server's, PEM: this and no other is trusted. Missing: an authority must vouch for it. */
  certificate: z.string().nullish(),
  secrets: migrationSecretsSchema.nullish(),
  /** As older descriptions of the API call the secrets. */
  websockets: migrationSecretsSchema.nullish(),
});
export type MigrationTarget = z.infer<typeof migrationTargetSchema>;

/** A target's side of a migration, beside what is to be made. */
export const migrationSourceFields = {
  /** For `migration`, `mode` `pull`: the source's operation, `https://HOST:PORT/1.0/operations/UUID`. */
  operation: z.string().optional(),
  /** For `migration`, `mode` `pull`. */
  secrets: migrationSecretsSchema.optional(),
};

/** A snapshot as both sides know it: its UUID is that of what it holds, wherever that was copied to. */
const migratedSnapshotSchema = z.object({ name: z.string().max(255), uuid: z.string().max(64) });
export type MigratedSnapshot = z.infer<typeof migratedSnapshotSchema>;

/**
 * What goes through the `control` websocket between two of Lodge, one JSON object a text frame. The order is in decision 25. `alive` may
 * come at any time.
 */
export const migrationMessageSchema = z.discriminatedUnion("type", [
  /** The source's first. */
  z.object({
    type: z.literal("hello"),
    lodge_migration: z.int(),
    of: z.enum(["instance", "volume"]),
    /** Snapshots that come along, the oldest first; those from which on only changes can be sent. */
    snapshots: z.array(migratedSnapshotSchema).max(10_000).optional(),
  }),
  /** The target's first: it waits for the bytes. `since`: the UUID of one of these snapshots, from which on it needs what was changed. */
  z.object({ type: z.literal("ready"), lodge_migration: z.int(), since: z.string().max(64).optional() }),
  z.object({ type: z.literal("alive") }),
  /** The target's last: what was sent is there, and on disk. */
  z.object({ type: z.literal("done") }),
  /** The last of either: nothing of it is kept. */
  z.object({ type: z.literal("failed"), message: z.string().max(10_000) }),
]);
export type MigrationMessage = z.infer<typeof migrationMessageSchema>;
