import { readFile } from "node:fs/promises";

/** Milliseconds. */
const often = 1000;

/** Tells every second how many bytes a program has written until now, until what is returned is called or it has ended. */
export function watchCopying(pid: number, tell: (bytes: number) => void): () => void {
  const timer = setInterval(() => void look(pid, tell), often);
  return () => clearInterval(timer);
}

async function look(pid: number, tell: (bytes: number) => void): Promise<void> {
  const bytes = bytesWritten(await readFile(`/proc/${pid}/io`, "utf8").catch(() => ""));
  if (bytes !== undefined) tell(bytes);
}

/**
 * By /proc/PID/io: what a program has handed to write(2), or what it has the kernel write, which is ahead while one copy_file_range(2) copies a
 * large file.
 */
export function bytesWritten(io: string): number | undefined {
  const written = [...io.matchAll(/^(?:wchar|write_bytes): (\d+)$/gm)].map(([, bytes]) => Number(bytes));
  return written.length === 0 ? undefined : Math.max(...written);
}
