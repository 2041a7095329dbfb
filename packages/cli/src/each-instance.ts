import { asLodgeError, exitStatus } from "@lodge/api/errors";
import type { RunningOperation } from "@lodge/sdk";
import type { Context } from "./context.ts";
import { follow } from "./follow.ts";
import { Leaving, reportError } from "./report-error.ts";

export interface Action {
  /** "Starting" */
  readonly doing: string;
  /** "Started" */
  readonly done: string;
  readonly begin: (name: string) => Promise<RunningOperation | undefined>;
}

/** Does the same to several instances, one after the other; a failure does not keep the others from it. */
export async function eachInstance(context: Context, names: readonly string[], action: Action): Promise<void> {
  let status = 0;
  for (const name of new Set(names)) {
    try {
      const operation = await action.begin(name);
      if (operation) await follow(context, operation, `${action.doing} ${name}`);
      context.say(`${action.done} ${name}`);
    } catch (error) {
      if (error instanceof Leaving || names.length === 1) throw error;
      reportError(error, context.surroundings, context.globals.debug ?? false);
      status ||= exitStatus[asLodgeError(error).kind];
    }
  }
  if (status !== 0) throw new Leaving(status);
}
