import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { LodgeError } from "@lodge/api/errors";
import type { Surroundings } from "./terminal/streams.ts";

/** Lets the user's editor (`VISUAL`, `EDITOR`, else vi) change a file on this terminal, and returns when it has ended. */
export async function runEditor({ env, signals }: Pick<Surroundings, "env" | "signals">, path: string): Promise<void> {
  const command = env.VISUAL || env.EDITOR || "vi";
  const [program = "vi", ...args] = command.trim().split(/\s+/);
  // The terminal's keys are the editor's.
  const nothing = () => {};
  signals.on("SIGINT", nothing);
  try {
    const editor = spawn(program, [...args, path], { stdio: "inherit" });
    const [status, signal] = (await once(editor, "exit")) as [number | null, NodeJS.Signals | null];
    if (status !== 0)
      throw failed(command, `ended with status ${status ?? 128 + constants.signals[signal ?? "SIGHUP"]}`);
  } catch (error) {
    if (error instanceof LodgeError) throw error;
    throw failed(command, `cannot be run (${error instanceof Error ? error.message : String(error)})`);
  } finally {
    signals.off("SIGINT", nothing);
  }
}

function failed(command: string, what: string): LodgeError {
  return new LodgeError({
    code: "request_invalid",
    message: `The editor "${command}" ${what}; nothing was changed. Set EDITOR to the one you use.`,
  });
}
