import { type Migration, type MigrationEnd, type MigrationMode, migrate, migrationEnd } from "@lodge/sdk";
import { Option } from "commander";
import type { Context } from "./context.ts";
import { follow } from "./follow.ts";
import { localRemote } from "./remotes/remotes.ts";

/** Both ends of what goes from one server to another, by their remotes. */
export interface Between {
  readonly from: string;
  readonly to: string;
  readonly mode?: MigrationMode | undefined;
}

/** `doing`: "Copying web". Returns when it is there. */
export async function migrateBetween(
  context: Context,
  { from, to, mode }: Between,
  doing: string,
  migration: Pick<Migration, "send" | "receive">,
): Promise<void> {
  const ends = [await openEnd(context, from), await openEnd(context, to)] as const;
  await migrate({ ...migration, follow: (operation) => follow(context, operation, doing) }, ...ends, mode);
}

async function openEnd(context: Context, remote: string): Promise<MigrationEnd> {
  const client = await context.clientOf(remote);
  if (remote === localRemote) return migrationEnd(client);
  return migrationEnd(client, context.remotes.get(remote).address, context.remotes.serverCertificate(remote));
}

export const modeOption = () =>
  new Option("--mode <mode>", "between servers: who connects to whom").choices(["pull", "push", "relay"]);
