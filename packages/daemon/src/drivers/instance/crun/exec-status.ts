/** How a failure of crun itself before the command ran is told. */
export type ExecFailure =
  | { readonly kind: "command" /** As shells do. */; readonly status: 126 | 127 }
  | { readonly kind: "runtime"; readonly message: string };

/** Reads what `crun exec` logged (lines of JSON). Undefined: nothing, so the status is the command's own. */
export function execFailure(log: string): ExecFailure | undefined {
  const message = log
    .split("\n")
    .map(messageOf)
    .filter((text) => text !== undefined)
    .at(-1);
  if (message === undefined) return undefined;
  if (/^executable file .* not found|^exec .*No such file or directory/.test(message))
    return { kind: "command", status: 127 };
  if (/^open executable|^exec .*(denied|format error|not permitted|directory)/i.test(message)) {
    return { kind: "command", status: 126 };
  }
  return { kind: "runtime", message };
}

function messageOf(line: string): string | undefined {
  try {
    const { msg, level } = JSON.parse(line) as { msg?: unknown; level?: unknown };
    return level === "error" && typeof msg === "string" ? msg : undefined;
  } catch {
    return undefined;
  }
}
