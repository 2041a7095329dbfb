import { open, readFile, truncate } from "node:fs/promises";

/** Bytes of the raw log that are looked at: prefixes take about a third of short lines. */
const window = 2 * 2 ** 20;
const mebibyte = 2 ** 20;

/** What the console printed, at most the last MiB. Empty without a log. */
export async function readConsoleLog(path: string): Promise<Buffer> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - window);
    const raw = Buffer.alloc(size - start);
    const { bytesRead } = await file.read(raw, 0, raw.length, start);
    const text = stripPrefixes(raw.subarray(start > 0 ? raw.indexOf("\n") + 1 : 0, bytesRead));
    return text.subarray(Math.max(0, text.length - mebibyte));
  } finally {
    await file.close();
  }
}

/** conmon appends to it: what follows begins at the top. */
export async function clearConsoleLog(path: string): Promise<void> {
  await truncate(path, 0).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}

/** What conmon complained of, at most the last MiB. Empty without a log. */
export async function readMonitorLog(path: string): Promise<Buffer> {
  const log = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  return log.subarray(-mebibyte);
}

/**
 * Makes the terminal's own bytes of conmon's k8s-file log. A line there is `TIME STREAM TAG TEXT`; the tag is F for a
 * whole line of output and P for a part without a newline of its own.
 */
export function stripPrefixes(log: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let start = 0; start < log.length; ) {
    const newline = log.indexOf(10, start);
    const end = newline < 0 ? log.length : newline;
    const line = log.subarray(start, end);
    const prefix = /^\S+ (?:stdout|stderr) ([PF])(?: |$)/.exec(line.subarray(0, 64).toString("latin1"));
    if (prefix) parts.push(line.subarray(prefix[0].length), Buffer.from(prefix[1] === "F" ? "\n" : ""));
    start = end + 1;
  }
  return Buffer.concat(parts);
}

/** The last lines that hold anything, without terminal control sequences, for an error message. */
export function lastLines(text: Buffer, count: number): string {
  const plain = text
    .subarray(-16_384)
    .toString("utf8")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what is looked for
    .replace(
      /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)|[\u0000-\u0008\u000b-\u001f]/g,
      "",
    );
  const lines = plain.split("\n").map((line) => line.trimEnd());
  return lines.filter(Boolean).slice(-count).join("\n");
}
