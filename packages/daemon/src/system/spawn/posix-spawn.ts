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
  /** What the child has as 0, 1, 2. */
  readonly streams: readonly [number, number, number];
  /** What it has as 3, 4, 5… All others that the daemon has are closed in it. */
  readonly inherited?: readonly number[];
  /** It leads a session of its own. */
  readonly session?: true;
}

const check = (name: string, errno: number): void => {
  if (errno !== 0) throw new SystemCallError(name, errno);
};
/** Larger than glibc's structures, and than a sigset_t, on every architecture. */
const room = 512;
const SETSIGDEF = 0x04;
const SETSIGMASK = 0x08;
const SETSID = 0x80;

const actionsInit = declare<[Buffer]>("int posix_spawn_file_actions_init(void *actions)");
const actionsDestroy = declare<[Buffer]>("int posix_spawn_file_actions_destroy(void *actions)");
const addDup2 = declare<[Buffer, number, number]>(
  "int posix_spawn_file_actions_adddup2(void *actions, int from, int to)",
);
const addClose = declare<[Buffer, number]>("int posix_spawn_file_actions_addclose(void *actions, int descriptor)");
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

/** Signals are to the child what they are to a program of a shell: Node ignores SIGPIPE, and blocks some at times. */
function prepareAttributes(more: number): Buffer {
  const attributes = Buffer.alloc(room);
  const signals = Buffer.alloc(room);
  check("posix_spawnattr_init", attributesInit(attributes));
  fillSignals(signals);
  check("posix_spawnattr_setsigdefault", setDefaults(attributes, signals));
  emptySignals(signals);
  check("posix_spawnattr_setsigmask", setMask(attributes, signals));
  check("posix_spawnattr_setflags", setFlags(attributes, SETSIGDEF | SETSIGMASK | more));
  return attributes;
}
const attributes = { same: prepareAttributes(0), own: prepareAttributes(SETSID) } as const;

/** Returns the child's pid; whoever starts it waits for it, see `Children`. Throws SystemCallError, with ENOENT for a missing program. */
export function posixSpawn({ file, args, env, cwd, streams, inherited = [], session }: SpawnRequest): number {
  const actions = Buffer.alloc(room);
  const pid = Buffer.alloc(koffi.sizeof("int"));
  check("posix_spawn_file_actions_init", actionsInit(actions));
  try {
    if (cwd !== undefined) check("posix_spawn_file_actions_addchdir_np", addChdir(actions, cwd));
    for (const [to, from] of streams.entries()) check("posix_spawn_file_actions_adddup2", addDup2(actions, from, to));
    addInherited(actions, inherited);
    const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`));
    const how = session ? attributes.own : attributes.same;
    check("posix_spawnp", spawnp(pid, file, actions, how, [file, ...args, null], [...variables, null]));
  } finally {
    actionsDestroy(actions);
  }
  return pid.readInt32LE(0);
}

/** By way of numbers that none of them has: one's place may be another's number. */
function addInherited(actions: Buffer, inherited: readonly number[]): void {
  const first = 3;
  const beyond = Math.max(first + inherited.length, ...inherited.map((descriptor) => descriptor + 1));
  const dup2 = (from: number, to: number) => check("posix_spawn_file_actions_adddup2", addDup2(actions, from, to));
  for (const [index, descriptor] of inherited.entries()) dup2(descriptor, beyond + index);
  for (const index of inherited.keys()) {
    dup2(beyond + index, first + index);
    check("posix_spawn_file_actions_addclose", addClose(actions, beyond + index));
  }
}

export const isMissing = (error: unknown): boolean =>
  error instanceof SystemCallError && error.errno === constants.errno.ENOENT;
