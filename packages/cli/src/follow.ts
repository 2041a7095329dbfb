import type { Operation } from "@lodge/api";
import { asLodgeError } from "@lodge/api/errors";
import type { RunningOperation } from "@lodge/sdk";
import type { Context } from "./context.ts";
import { Leaving } from "./report-error.ts";
import { paintFor } from "./terminal/colour.ts";
import { Progress } from "./terminal/progress.ts";

/**
 * Waits for operations and shows how far they are. Ctrl-C cancels them; a second one leaves them to themselves.
 * `doing` says what is done: "Creating web".
 */
export async function follow(context: Context, operation: RunningOperation, doing: string): Promise<Operation> {
  const { stderr, env, signals } = context.surroundings;
  const progress = new Progress(stderr, paintFor(stderr, env));
  const show = (text: string) => {
    if (!context.globals.quiet) progress.update(text);
  };
  const left = Promise.withResolvers<never>();
  let asked = false;
  const interrupt = () => {
    progress.clear();
    if (asked) {
      context.note(`Left running: operation ${operation.id} (\`lodge operation show ${operation.id}\`).`);
      left.reject(new Leaving(130));
      return;
    }
    asked = true;
    context.note("Cancelling; press Ctrl-C again to leave.");
    operation.cancel().catch((error: Error) => context.note(error.message));
  };
  signals.on("SIGINT", interrupt);
  try {
    // Off a terminal only steps are worth a line: the command's last word says the rest.
    if (stderr.isTTY) show(doing);
    const onProgress = (now: Operation) => {
      const line = progressLine(doing, now);
      if (line !== doing || stderr.isTTY) show(line);
    };
    return await Promise.race([operation.wait({ ...(!context.globals.quiet && { onProgress }) }), left.promise]);
  } catch (error) {
    if (!asked || asLodgeError(error).code !== "operation_cancelled") throw error;
    progress.clear();
    context.note("Cancelled; what had been done is undone.");
    throw new Leaving(130);
  } finally {
    signals.off("SIGINT", interrupt);
    progress.clear();
  }
}

/** "Creating web: 40% unpacking the image". Progress is in metadata, under names that end in `_progress`. */
export function progressLine(doing: string, operation: Operation): string {
  const entry = Object.entries(operation.metadata).find(([key, value]) => key.endsWith("_progress") && value !== "");
  return entry ? `${doing}: ${String(entry[1])}` : doing;
}
