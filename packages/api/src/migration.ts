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

/**
 * What goes through the `control` websocket between two of Lodge, one JSON object a text frame. The order is in decision 25. `alive` may
 * come at any time.
 */
export const migrationMessageSchema = z.discriminatedUnion("type", [
  /** The source's first. */
  z.object({ type: z.literal("hello"), lodge_migration: z.int(), of: z.enum(["instance", "volume"]) }),
  /** The target's first: it waits for the bytes. */
  z.object({ type: z.literal("ready"), lodge_migration: z.int() }),
  z.object({ type: z.literal("alive") }),
  /** The target's last: what was sent is there, and on disk. */
  z.object({ type: z.literal("done") }),
  /** The last of either: nothing of it is kept. */
  z.object({ type: z.literal("failed"), message: z.string().max(10_000) }),
]);
export type MigrationMessage = z.infer<typeof migrationMessageSchema>;
