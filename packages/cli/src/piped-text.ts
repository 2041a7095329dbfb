import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as delay, setImmediate as lookOnce } from "node:timers/promises";
import { asLodgeError, LodgeError } from "@lodge/api/errors";
import type { Context } from "./context.ts";
import { type ObjectShape, readYamlObject } from "./yaml-object.ts";

/** Milliseconds for which a pipe may stay silent before it is taken for one that somebody left open and never writes to. */
const patience = 1000;

/** The YAML that is piped into a command that can do without; an empty object when there is none. */
export async function readPipedObject(context: Context, shape: ObjectShape): Promise<Record<string, unknown>> {
  const piped = await readPipedText(context);
  try {
    return await readYamlObject(piped, shape);
  } catch (error) {
    throw new LodgeError({
      code: "request_invalid",
      message: `${asLodgeError(error).message} It was read from standard input; \`</dev/null\` keeps that for others.`,
      cause: error,
    });
  }
}

/**
 * What is piped or redirected into a command that can do without: a file, a here-document, another program's output. Empty on a
 * terminal, and when the other end of the pipe stays silent, as under many CI systems. Who has begun to write is waited for.
 */
async function readPipedText(context: Context): Promise<string> {
  const { stdin } = context.surroundings;
  if (stdin.isTTY) return "";
  const abort = new AbortController();
  const { signal } = abort;
  try {
    const arrived = Promise.race([once(stdin, "readable", { signal }), once(stdin, "end", { signal })]);
    // A process that did not get to run for so long first looks at what has come meanwhile.
    const silent = delay(patience, undefined, { signal }).then(() => lookOnce("silent" as const, { signal }));
    if ((await Promise.race([arrived, silent])) !== "silent") return await text(stdin);
  } finally {
    abort.abort();
  }
  if (!context.globals.quiet) {
    context.note("Standard input is open and nothing comes: going on without it. (`</dev/null` saves the wait.)");
  }
  return "";
}
