import { declare } from "./libc.ts";

/** They change the calling thread alone, and answer with the former id. */
const setfsuid = declare<[number]>("int setfsuid(unsigned int id)");
const setfsgid = declare<[number]>("int setfsgid(unsigned int id)");
const capget = declare<[Buffer, Buffer]>("int capget(void *header, void *data)");
const capset = declare<[Buffer, Buffer]>("int capset(void *header, const void *data)");

/** _LINUX_CAPABILITY_VERSION_3: two structs of effective, permitted, inheritable. */
const version = 0x20080522;

/**
 * Makes new files belong to other ids, which a file system that was mounted in a user namespace insists on: it has no name
 * for ours. All privileges stay. `action` is done on this thread from beginning to end.
 */
export function withFileIdentity<T>(uid: number, gid: number, action: () => T): T {
  if (uid === 0 && gid === 0) return action();
  setfsgid(gid);
  setfsuid(uid);
  try {
    // The kernel takes the privileges over files away with fsuid 0, and gives them back with it.
    raisePermitted();
    return action();
  } finally {
    setfsuid(0);
    setfsgid(0);
  }
}

function raisePermitted(): void {
  const header = Buffer.alloc(8);
  const data = Buffer.alloc(24);
  header.writeUInt32LE(version, 0);
  capget(header, data);
  for (const set of [0, 12]) data.copy(data, set, set + 4, set + 8);
  capset(header, data);
}
