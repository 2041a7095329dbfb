import { declare } from "../libc.ts";

const waitpid = declare<[number, Buffer, number]>("int waitpid(int pid, void *status, int options)");
const WNOHANG = 1;

/** How a program ended. */
export type Ending =
  | { readonly kind: "exit"; readonly status: number }
  | { readonly kind: "signal"; readonly signal: number };

/** The children that Node does not know of. Nobody else waits for them: libuv asks for each of its own. */
const waiting = new Map<number, (ending: Ending) => void>();

/** Those of them that outlive the daemon. */
const lasting = new Set<number>();

/** Resolves when a child has ended and is reaped. To be called in the turn in which it was started. `lasts`: it outlives the daemon. */
export function ended(pid: number, lasts = false): Promise<Ending> {
  if (lasts) lasting.add(pid);
  return new Promise((resolve) => waiting.set(pid, resolve));
}

function reap(): void {
  const status = Buffer.alloc(8);
  for (const [pid, resolve] of waiting) {
    if (waitpid(pid, status, WNOHANG) !== pid) continue;
    waiting.delete(pid);
    lasting.delete(pid);
    resolve(endingOf(status.readInt32LE(0)));
  }
}

/** As the macros of wait(2) do. */
export function endingOf(status: number): Ending {
  const signal = status & 0x7f;
  return signal === 0 ? { kind: "exit", status: (status >> 8) & 0xff } : { kind: "signal", signal };
}

// For good: whoever begins to listen after the start of a child may have missed its end.
process.on("SIGCHLD", reap);
// What the daemon runs to its end ends with it, as a child of Node's does not by itself.
process.on("exit", () => {
  for (const pid of waiting.keys()) if (!lasting.has(pid)) process.kill(pid, "SIGTERM");
});
