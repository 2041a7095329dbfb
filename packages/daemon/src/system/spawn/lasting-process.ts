import { type Ending, ended } from "./children.ts";
import { posixSpawn, type SpawnRequest } from "./posix-spawn.ts";

/** A program that outlives the daemon, in a session of its own. */
export interface LastingProcess {
  readonly pid: number;
  /** Never rejects. */
  readonly exited: Promise<Ending>;
  /** Fine when it has ended. */
  kill(signal: NodeJS.Signals): void;
}

/** Throws SystemCallError when it cannot be started. */
export function startLasting(request: Omit<SpawnRequest, "session">): LastingProcess {
  const pid = posixSpawn({ ...request, session: true });
  let over = false;
  const exited = ended(pid, true).then((ending) => {
    over = true;
    return ending;
  });
  return {
    pid,
    exited,
    kill: (signal) => {
      // It is reaped by this thread alone: until then its number is no other's.
      if (!over) process.kill(pid, signal);
    },
  };
}
