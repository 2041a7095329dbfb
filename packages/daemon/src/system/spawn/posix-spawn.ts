/**
 * Starts programs by posix_spawn(3): the child has the daemon's memory until it becomes the program. Node's own `spawn` forks, which copies
 * the page tables of all memory that the daemon has.
 */
import { constants } from "node:os";
import koffi from "koffi";
import { declare, SystemCallError } from "../libc.ts";

export interface SpawnRequest {
  /** Looked for in the daemon's PATH when it has no slash. */
  readonly file: string;
  /** Without the program's name. */
  readonly args: readonly string[];
  /** All of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What the child has as 0, 1, 2. All others that the daemon has are closed in it. */
  readonly streams: readonly [number, number, number];
}

const check = (name: string, errno: number): void => {
  if (errno !== 0) throw new SystemCallError(name, errno);
};
/** Larger than glibc's structures, and than a sigset_t, on every architecture. */
const room = 512;
const SETSIGDEF = 0x04;
const SETSIGMASK = 0x08;

const actionsInit = declare<[Buffer]>("int posix_spawn_file_actions_init(void *actions)");
const actionsDestroy = declare<[Buffer]>("int posix_spawn_file_actions_destroy(void *actions)");
const addDup2 = declare<[Buffer, number, number]>(
  "int posix_spawn_file_actions_adddup2(void *actions, int from, int to)",
);
const addChdir = declare<[Buffer, string]>(
  "int posix_spawn_file_actions_addchdir_np(void *actions, const char *directory)",
);
const attributesInit = declare<[Buffer]>("int posix_spawnattr_init(void *attributes)");
const setFlags = declare<[Buffer, number]>("int posix_spawnattr_setflags(void *attributes, short flags)");
const setDefaults = declare<[Buffer, Buffer]>("int posix_spawnattr_setsigdefault(void *attributes, void *signals)");
const setMask = declare<[Buffer, Buffer]>("int posix_spawnattr_setsigmask(void *attributes, void *signals)");
const fillSignals = declare<[Buffer]>("int sigfillset(void *signals)");
const emptySignals = declare<[Buffer]>("int sigemptyset(void *signals)");
const spawnp = declare<[Buffer, string, Buffer, Buffer, readonly (string | null)[], readonly (string | null)[]]>(
  "int posix_spawnp(void *pid, const char *file, void *actions, void *attributes, const char **argv, const char **envp)",
);

const attributes = Buffer.alloc(room);

/** Signals are to the child what they are to a program of a shell: Node ignores SIGPIPE, and blocks some at times. */
function prepareAttributes(): void {
  const signals = Buffer.alloc(room);
  check("posix_spawnattr_init", attributesInit(attributes));
  fillSignals(signals);
  check("posix_spawnattr_setsigdefault", setDefaults(attributes, signals));
  emptySignals(signals);
  check("posix_spawnattr_setsigmask", setMask(attributes, signals));
  check("posix_spawnattr_setflags", setFlags(attributes, SETSIGDEF | SETSIGMASK));
}
prepareAttributes();

/** Returns the child's pid; whoever starts it waits for it, see `Children`. Throws SystemCallError, with ENOENT for a missing program. */
export function posixSpawn({ file, args, env, cwd, streams }: SpawnRequest): number {
  const actions = Buffer.alloc(room);
  const pid = Buffer.alloc(koffi.sizeof("int"));
  check("posix_spawn_file_actions_init", actionsInit(actions));
  try {
    if (cwd !== undefined) check("posix_spawn_file_actions_addchdir_np", addChdir(actions, cwd));
    for (const [to, from] of streams.entries()) check("posix_spawn_file_actions_adddup2", addDup2(actions, from, to));
    const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`));
    check("posix_spawnp", spawnp(pid, file, actions, attributes, [file, ...args, null], [...variables, null]));
  } finally {
    actionsDestroy(actions);
  }
  return pid.readInt32LE(0);
}

export const isMissing = (error: unknown): boolean =>
  error instanceof SystemCallError && error.errno === constants.errno.ENOENT;
