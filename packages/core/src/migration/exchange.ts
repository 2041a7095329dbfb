/** The order of things between a source and a target: decision 25. */
import type { Readable } from "node:stream";
import { asLodgeError, LodgeError, type MigratedSnapshot, type MigrationMessage } from "@lodge/api";
import type { MigrationLink } from "./link.ts";

/** What both must speak. */
const version = 1;

/** Milliseconds for which a target waits until its source has heard that all is there. */
const patience = 10_000;

type Subject = Extract<MigrationMessage, { readonly type: "hello" }>["of"];

/** What a target may have already. */
export interface Offer {
  /** Since which of these snapshots changes can be sent, the oldest first. */
  readonly snapshots?: readonly MigratedSnapshot[];
}

/**
 * Opens what is sent when the target waits for it; returns when that is there, and whole. Otherwise `migration_failed` or what failed here.
 * `since`: the snapshot that the target has, and on top of which it needs what was changed.
 */
export async function sendOver(
  link: MigrationLink,
  of: Subject,
  open: (since?: MigratedSnapshot) => Promise<Readable>,
  { snapshots = [] }: Offer = {},
): Promise<void> {
  link.send({
    type: "hello",
    lodge_migration: version,
    of,
    ...(snapshots.length > 0 && { snapshots: [...snapshots] }),
  });
  const answer = await link.receive();
  if (answer.type !== "ready") throw refusal(answer);
  requireVersion(answer);
  let stream: Readable | undefined;
  try {
    stream = await open(offered(snapshots, answer.since));
    const verdict = link.receive();
    // A target that gives up says so while the bytes still go.
    await Promise.race([link.sendBytes(stream), verdict.then(requireDone)]);
    await verdict.then(requireDone, (error: unknown) => Promise.reject(unanswered(error)));
  } catch (error) {
    stream?.destroy();
    link.send(failed(error));
    throw error;
  }
}

/** What of the source's snapshots is here; with the newest from which on changes are enough. */
export interface Had {
  readonly since: MigratedSnapshot;
  /** Up to that one, the oldest first. */
  readonly snapshots: readonly MigratedSnapshot[];
}

/** Has made what comes; tells the source when that is there, or why it is not. `has`: looks at what is here of what the source has. */
export async function receiveOver(
  link: MigrationLink,
  of: Subject,
  make: (bytes: Readable, had?: Had) => Promise<void>,
  has: (snapshots: readonly MigratedSnapshot[]) => Promise<Had | undefined> = async () => undefined,
): Promise<void> {
  try {
    const hello = await link.receive();
    if (hello.type !== "hello") throw refusal(hello);
    requireVersion(hello);
    if (hello.of !== of) throw protocolError(`it sends a ${hello.of} where the ${of} was to come`);
    const had = await has(hello.snapshots ?? []);
    link.send({ type: "ready", lodge_migration: version, ...(had && { since: had.since.uuid }) });
    const bytes = link.readBytes();
    // While its bytes go, a source has nothing to say but that it gives up.
    let reason: unknown;
    link
      .receive()
      .then(refusal, (error: unknown) => error)
      .then(
        (error) => {
          reason = error;
          bytes.destroy(asLodgeError(error));
        },
        () => undefined,
      );
    try {
      await make(bytes, had);
    } catch (error) {
      throw reason ?? error;
    } finally {
      bytes.destroy();
    }
  } catch (error) {
    link.send(failed(error));
    throw error;
  }
  link.send({ type: "done" });
  await link.left(patience);
}

function offered(snapshots: readonly MigratedSnapshot[], since: string | undefined): MigratedSnapshot | undefined {
  const found = snapshots.find(({ uuid }) => uuid === since);
  if (since !== undefined && !found)
    throw protocolError("it asks for what was changed since a snapshot that is not here");
  return found;
}

function failed(error: unknown): MigrationMessage {
  return { type: "failed", message: asLodgeError(error).message.slice(0, 10_000) };
}

function requireDone(message: MigrationMessage): void {
  if (message.type !== "done") throw refusal(message);
}

function refusal(message: MigrationMessage): LodgeError {
  if (message.type !== "failed") return protocolError(`it says "${message.type}" out of its turn`);
  return new LodgeError({ code: "migration_failed", message: `The other server gave up: ${message.message}` });
}

function requireVersion({ lodge_migration: spoken }: { readonly lodge_migration: number }): void {
  if (spoken !== version) throw protocolError(`it speaks version ${spoken} of the protocol, and this one ${version}`);
}

/** The other server speaks Lodge's protocol, but not as it should. */
function protocolError(why: string): LodgeError {
  return new LodgeError({
    code: "migration_failed",
    message: `The other server cannot be understood: ${why}. Do both run the same version of Lodge?`,
  });
}

/** All was sent, and nobody said what became of it. */
function unanswered(error: unknown): LodgeError {
  const { message } = asLodgeError(error);
  return new LodgeError({
    code: "migration_failed",
    message: `All was sent, but the other server did not say that it has it (${message}) It may be there, whole: look there before you repeat this.`,
    cause: error,
  });
}
