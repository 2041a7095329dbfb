import { setTimeout as delay } from "node:timers/promises";
import { asLodgeError, LodgeError } from "@lodge/api/errors";
import { createdName, type LodgeClient, type RunningOperation } from "@lodge/sdk";
import { editablePart } from "./change-instance.ts";
import type { Context } from "./context.ts";
import { beginCreation, type Creation } from "./create-instance.ts";
import { progressLine } from "./follow.ts";
import { retryStale } from "./retry-stale.ts";
import { type CommandRequest, runCommand } from "./run-command.ts";
import { paintFor } from "./terminal/colour.ts";
import { Progress } from "./terminal/progress.ts";
import { endedBySignal } from "./terminal/signals.ts";

/** The instance's lifetime until its command runs: nobody else ends it when this program is killed before. */
const safetyNet = "15m";
/** Milliseconds in which a daemon that restarts comes back. */
const patience = 30_000;
const pause = 250;

/**
 * Runs a command in an instance that is made for it and deleted afterwards; returns its exit status. While the command runs the
 * daemon ends the instance with the session; before and whatever goes wrong, this program does.
 */
export async function runOnce(
  context: Context,
  { image, name, options }: Pick<Creation, "image" | "name" | "options">,
  request: Omit<CommandRequest, "instance" | "stopAfter" | "begun">,
): Promise<number> {
  const given = options.ttl ?? options.config?.["ttl"];
  const mortal = { ...options, ephemeral: true as const, ttl: given ?? safetyNet };
  const operation = await beginCreation(context, { image, name, options: mortal, start: true, piped: {} });
  const instance = createdName(operation);
  // From then on signals are the command's.
  using leaving = endedBySignal(context.surroundings.signals);
  const begun = async () => {
    leaving[Symbol.dispose]();
    if (given === undefined) await liftLifetime(await context.client(), instance);
  };
  try {
    await Promise.race([showCreation(context, operation, instance), leaving.ended]);
    return await Promise.race([runCommand(context, { ...request, instance, stopAfter: true, begun }), leaving.ended]);
  } catch (error) {
    throw asLodgeError(error).code === "operation_interrupted" ? interrupted(instance, error) : error;
  } finally {
    await operation.cancel().catch(() => undefined);
    await operation.wait().catch(() => undefined);
    await removeInstance(context, instance);
  }
}

function interrupted(instance: string, cause: unknown): LodgeError {
  const message = `lodged stopped, and what was run in ${instance} with it; the instance is deleted.`;
  return new LodgeError({ code: "operation_interrupted", message, cause });
}

/** Off a terminal, standard error is the command's alone. */
async function showCreation(context: Context, operation: RunningOperation, instance: string): Promise<void> {
  const { stderr, env } = context.surroundings;
  const progress = new Progress(stderr, paintFor(stderr, env));
  const doing = `Launching ${instance}`;
  const shown = stderr.isTTY && !context.globals.quiet;
  try {
    if (shown) progress.update(doing);
    await operation.wait(shown ? { onProgress: (now) => progress.update(progressLine(doing, now)) } : {});
  } finally {
    progress.clear();
  }
}

async function liftLifetime({ instances }: LodgeClient, instance: string): Promise<void> {
  const lifted = retryStale(async () => {
    const { value, etag } = await instances.getTagged(instance);
    const { ttl: _lifted, ...config } = value.config;
    const put = { ...editablePart(value), config };
    await (await instances.update(instance, put, etag)).wait();
  });
  await lifted.catch((error: unknown) => {
    // The command has ended already.
    if (asLodgeError(error).code !== "instance_not_found") throw error;
  });
}

/** Most often it is gone already. A daemon that restarts is waited for. */
async function removeInstance(context: Context, instance: string): Promise<void> {
  const { instances } = await context.client();
  const bound = Date.now() + patience;
  for (;;) {
    const error = await endInstance(instances, instance).then(() => undefined, asLodgeError);
    if (!error || error.code === "instance_not_found") return;
    const passing = error.kind === "unavailable" || error.code === "instance_wrong_state";
    if (!passing || Date.now() > bound) {
      return context.note(
        `${instance} was not deleted: ${error.message} \`lodge delete --force ${instance}\` does it.`,
      );
    }
    await delay(pause);
  }
}

async function endInstance(instances: LodgeClient["instances"], instance: string): Promise<void> {
  try {
    await (await instances.setState(instance, "stop", { force: true })).wait();
  } catch (error) {
    // It was never started, or has just ended.
    if (asLodgeError(error).code !== "instance_wrong_state") throw error;
  }
  await (await instances.delete(instance)).wait();
}
