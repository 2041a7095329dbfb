import { asLodgeError, type ErrorCode, exitStatus, type LodgeError } from "@lodge/api/errors";
import { paintFor } from "./terminal/colour.ts";
import type { Surroundings } from "./terminal/streams.ts";

/** Thrown to end a command with a status when all has been said. */
export class Leaving extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`leaving with ${status}`);
    this.status = status;
  }
}

/** What to do next, for messages that do not say it themselves. */
const hints: Partial<Readonly<Record<ErrorCode, string>>> = {
  instance_not_found: "`lodge list` shows the instances that exist.",
  image_not_found: "`lodge image list` shows the images that exist; `lodge image build` makes one.",
  alias_not_found: "`lodge image alias list` shows the aliases that exist.",
  instance_not_ready: "`lodge wait` waits for a guest; `lodge console --log` shows how far it is.",
  config_key_unknown: "`lodge config keys` shows the keys that there are.",
  operation_not_found: "`lodge operation list` shows the operations that are known.",
  host_unsupported: "`lodge host info` shows what the host can do.",
  internal: "`--debug` shows more; the daemon's log has the details.",
};

/** Tells a person what went wrong and returns the exit status that says it to a program. */
export function reportError(thrown: unknown, surroundings: Surroundings, debug: boolean): number {
  const error = asLodgeError(thrown);
  const { stderr, env } = surroundings;
  const paint = paintFor(stderr, env);
  stderr.write(`${paint("red", "Error:")} ${error.message}\n`);
  const hint = hints[error.code];
  // Most of the daemon's messages name the command that helps themselves.
  if (hint && !/\blodge [a-z]/.test(error.message)) stderr.write(`${hint}\n`);
  if (debug) stderr.write(`${details(error)}\n`);
  return exitStatus[error.kind];
}

function details(error: LodgeError): string {
  const causes: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    causes.push(cause.stack ?? String(cause));
  return `code: ${error.code}\n${causes.join("\ncaused by: ")}`;
}
