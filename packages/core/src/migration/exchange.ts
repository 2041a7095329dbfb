/** The order of things between a source and a target: decision 25. */
import type { Readable } from "node:stream";
import { asLodgeError, LodgeError, type MigrationMessage } from "@lodge/api";
import type { MigrationLink } from "./link.ts";

/** What both must speak. */
const version = 1;

/** Milliseconds for which a target waits until its source has heard that all is there. */
const patience = 10_000;

type Subject = Extract<MigrationMessage, { readonly type: "hello" }>["of"];

/** Opens what is sent when the target waits for it; returns when that is there, and whole. Otherwise `migration_failed` or what failed here. */
export async function sendOver(link: MigrationLink, of: Subject, open: () => Promise<Readable>): Promise<void> {
  link.send({ type: "hello", lodge_migration: version, of });
  const answer = await link.receive();
  if (answer.type !== "ready") throw refusal(answer);
  requireVersion(answer);
  let stream: Readable | undefined;
  try {
    stream = await open();
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

/** Has made what comes; tells the source when that is there, or why it is not. */
export async function receiveOver(
  link: MigrationLink,
  of: Subject,
  make: (bytes: Readable) => Promise<void>,
): Promise<void> {
  try {
    const hello = await link.receive();
    if (hello.type !== "hello") throw refusal(hello);
    requireVersion(hello);
    if (hello.of !== of) throw protocolError(`it sends a ${hello.of} where the ${of} was to come`);
    link.send({ type: "ready", lodge_migration: version });
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
      await make(bytes);
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
