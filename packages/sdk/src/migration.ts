/** Between two daemons: an instance or a volume goes from the one to the other, as LXD's clients bring them. */
import { LodgeError } from "@lodge/api/errors";
import type { LodgeClient } from "./client.ts";
import { joinSockets } from "./join-sockets.ts";
import { isFinal, type RunningOperation } from "./running-operation.ts";

/** Who connects to whom: the target to the source, the source to the target, or this program to both. */
export type MigrationMode = "pull" | "push" | "relay";

/** Where a daemon waits for another: what that is told. */
export interface MigrationPeer {
  /** `https://192.0.2.1:8443/1.0/operations/UUID`. */
  readonly operation: string;
  /** PEM. Missing: an authority vouches for it. */
  readonly certificate?: string;
  readonly secrets: Readonly<Record<string, string>>;
}

/** The target's part of a request. */
export interface MigrationSource extends Partial<MigrationPeer> {
  readonly type: "migration";
  readonly mode: "pull" | "push";
}

/** What is to go, and what is to be made of it. */
export interface Migration {
  /** Without a target, the operation waits to be connected to. */
  send(target?: MigrationPeer): Promise<RunningOperation>;
  receive(source: MigrationSource): Promise<RunningOperation>;
  /** Waits for the operation that says how it went; throws when that failed. */
  follow(operation: RunningOperation): Promise<unknown>;
}

/** A daemon, and where others find it. */
export interface MigrationEnd {
  readonly client: LodgeClient;
  /** `https://192.0.2.1:8443`, in the order in which they are tried. Empty: it does not serve HTTPS. */
  readonly addresses: readonly string[];
  /** PEM; missing: an authority vouches for it. */
  readonly certificate?: string;
}

/** `address` and `certificate`: how it is known here; a daemon of this host's says itself where it is found. */
export async function migrationEnd(client: LodgeClient, address?: string, certificate?: string): Promise<MigrationEnd> {
  const { environment } = await client.server.get();
  const { addresses = [], certificate: own } = (environment ?? {}) as { addresses?: string[]; certificate?: string };
  const all = new Set([...(address ? [address] : []), ...addresses.map((each) => `https://${each}`)]);
  const shown = address === undefined ? own : certificate;
  return { client, addresses: [...all], ...(shown && { certificate: shown }) };
}

/** Resolves when it is there, whole. Without a mode: whichever works with where the two are found. */
export async function migrate(
  migration: Migration,
  from: MigrationEnd,
  to: MigrationEnd,
  mode: MigrationMode = usualMode(from, to),
): Promise<void> {
  if (mode === "pull") return pull(migration, from);
  if (mode === "push") return push(migration, to);
  const source = await migration.send();
  await orCancel(source, async () => {
    const target = await migration.receive({ type: "migration", mode: "push" });
    await orCancel(target, async () => {
      await relay(source, target);
      await migration.follow(target);
    });
  });
}

function usualMode({ addresses: from }: MigrationEnd, { addresses: to }: MigrationEnd): MigrationMode {
  return from.length > 0 ? "pull" : to.length > 0 ? "push" : "relay";
}

async function pull(migration: Migration, from: MigrationEnd): Promise<void> {
  const source = await migration.send();
  await orCancel(source, () =>
    atAny(from, source, async (peer) => {
      await migration.follow(await migration.receive({ type: "migration", mode: "pull", ...peer }));
    }),
  );
}

async function push(migration: Migration, to: MigrationEnd): Promise<void> {
  const target = await migration.receive({ type: "migration", mode: "push" });
  await orCancel(target, () =>
    atAny(to, target, async (peer) => {
      await migration.follow(await migration.send(peer));
    }),
  );
}

/** One address after the other, until one works or what waits there is over. */
async function atAny(
  { client, addresses, certificate }: MigrationEnd,
  waiting: RunningOperation,
  attempt: (peer: MigrationPeer) => Promise<void>,
): Promise<void> {
  const secrets = secretsOf(waiting);
  for (const [index, address] of addresses.entries()) {
    const operation = `${address}/1.0/operations/${waiting.id}`;
    try {
      return await attempt({ operation, secrets, ...(certificate && { certificate }) });
    } catch (error) {
      const isLast = index === addresses.length - 1;
      if (isLast || !(error instanceof LodgeError) || error.code !== "migration_failed") throw error;
      if (isFinal(await client.operations.get(waiting.id))) throw error;
    }
  }
  throw new LodgeError({
    code: "request_invalid",
    message: "The other server cannot be connected to: it serves no HTTPS (core.https_address). Choose another mode.",
  });
}

/** All of the metadata, as LXD's clients have it. */
const secretsOf = ({ started }: RunningOperation): Record<string, string> =>
  Object.fromEntries(Object.entries(started.metadata).map(([name, secret]) => [name, String(secret)]));

/** Through this program, which must stay until it is over. */
async function relay(source: RunningOperation, target: RunningOperation): Promise<void> {
  const [from, to] = [secretsOf(source), secretsOf(target)];
  for (const name of ["control", "fs"]) {
    const sockets = [await source.openWebSocket(from[name] ?? ""), await target.openWebSocket(to[name] ?? "")] as const;
    joinSockets(...sockets);
  }
}

/** What waits for another does not wait on when that does not come. */
async function orCancel(operation: RunningOperation, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await operation.cancel().catch(() => undefined);
    throw error;
  }
}
