import { exitStatus } from "@lodge/api/errors";
import type { Example } from "./lodge-command.ts";

/** The examples under a command's help. */
export function exampleText(examples: readonly Example[]): string {
  return `\nExamples:\n${examples.map(({ line, meaning }) => `  # ${meaning}\n  ${line}`).join("\n\n")}`;
}

export const rootEpilogue = `
Try \`lodge launch debian/12 web\` and then \`lodge shell web\`.
\`lodge help COMMAND\` explains a command, \`lodge help exit-status\` the exit statuses.`;

const meanings: Readonly<Record<keyof typeof exitStatus, string>> = {
  internal: "a fault, of Lodge or of a program that it uses",
  invalid: "wrong usage, or a value that cannot be",
  not_found: "no such instance, image, file…",
  conflict: "it exists already, is busy, or is in a state that does not allow it",
  precondition: "it was changed by somebody else meanwhile",
  forbidden: "not allowed",
  unavailable: "the daemon, the guest or a mirror does not answer",
  exhausted: "no space, no memory, no address left",
  timeout: "it did not happen in time",
  unsupported: "the host or the instance cannot do that",
};

/** Statuses and their meanings, as rows. */
export function exitStatusRows(): (readonly [number, string])[] {
  const kinds = Object.entries(exitStatus) as [keyof typeof exitStatus, number][];
  const failures = kinds.sort(([, a], [, b]) => a - b).map(([kind, status]) => [status, meanings[kind]] as const);
  return [[0, "done"], ...failures, [130, "ended by Ctrl-C"]];
}

export const execStatusRows: (readonly [number, string])[] = [
  [125, "Lodge failed before or while the command ran"],
  [126, "the command exists and cannot be executed"],
  [127, "the command does not exist"],
];

/** `lodge help exit-status`. */
export function exitStatusText(): string {
  const lines = (rows: (readonly [number, string])[]) =>
    rows.map(([status, meaning]) => `  ${String(status).padStart(3)}  ${meaning}`).join("\n");
  return `Exit statuses of lodge:

${lines(exitStatusRows())}

\`lodge exec\`, \`shell\` and \`run\` end with the status of the command inside the instance (128 + the
signal's number when a signal ended it). What goes wrong on the way has a status of its own there:

${lines(execStatusRows)}
`;
}
