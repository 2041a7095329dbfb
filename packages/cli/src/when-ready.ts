import { setTimeout as delay } from "node:timers/promises";
import { asLodgeError, LodgeError } from "@lodge/api/errors";
import type { LodgeClient } from "@lodge/sdk";
import type { Context } from "./context.ts";

export interface Patience {
  /** False: fail at once when the guest is still booting. */
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** Milliseconds until a person is told why nothing happens. */
const noteAfter = 2000;
/** Milliseconds. */
const retryAfter = 250;

/**
 * Does something inside an instance; while its guest is booting, or the instance is being started, waits and tries
 * again. An instance that is stopped is an error at once.
 */
export async function whenReady<T>(
  context: Context,
  instance: string,
  patience: Patience,
  attempt: (client: LodgeClient) => Promise<T>,
): Promise<T> {
  const client = await context.client();
  const first = await tried(attempt, client);
  if ("value" in first) return first.value;
  if (!patience.wait || !mayBecomeReady(first.error)) throw first.error;
  const signal = AbortSignal.timeout(patience.timeout * 1000);
  const note = setTimeout(() => {
    context.note(`${instance} does not answer yet; waiting up to ${patience.timeout} s…`);
  }, noteAfter);
  try {
    for (;;) {
      await client.instances.waitFor(instance, { condition: "ready", signal });
      const again = await tried(attempt, client);
      if ("value" in again) return again.value;
      if (!isNotReady(again.error)) throw again.error;
      // It said that it was ready and then did not answer; nothing tells when it will.
      await delay(retryAfter, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    const last = await tried(attempt, client);
    if ("value" in last) return last.value;
    throw tooLate(instance, patience.timeout, asLodgeError(last.error));
  } finally {
    clearTimeout(note);
  }
}

async function tried<T>(attempt: (client: LodgeClient) => Promise<T>, client: LodgeClient) {
  try {
    return { value: await attempt(client) };
  } catch (error) {
    return { error };
  }
}

const isNotReady = (error: unknown) => asLodgeError(error).code === "instance_not_ready";

/** A stopped instance is worth waiting for too, when it is just being started. The waiting finds out. */
function mayBecomeReady(error: unknown): boolean {
  return isNotReady(error) || asLodgeError(error).code === "instance_wrong_state";
}

function tooLate(instance: string, seconds: number, why: LodgeError): LodgeError {
  return new LodgeError({
    code: "timed_out",
    message: `${instance} was not ready within ${seconds} s. ${why.message}`,
  });
}
