/**
 * Access lists of files (acl(5)): users beside the owner who may read or write one. They lie in an extended attribute;
 * `setfacl` is not on every host.
 */
import { statSync } from "node:fs";
import { LodgeError } from "@lodge/api/errors";
import koffi from "koffi";
import { readAttribute, writeAttribute } from "./extended-attributes.ts";
import { SystemCallError } from "./libc.ts";

const attribute = "system.posix_acl_access";

export type Access = "read" | "write";

/**
 * Lets a user read (or read and write) a file that is another's. Not interrupted by other work: the list is read and written
 * in one go. Written also where the user is in it: a chmod since then may have masked it.
 */
export function grantAccess(path: string, uid: number, access: Access): void {
  writeUsers(path, readUsers(path).set(uid, access));
}

/** Takes back what `grantAccess` gave. Idempotent. */
export function revokeAccess(path: string, uid: number): void {
  const users = readUsers(path);
  if (users.delete(uid)) writeUsers(path, users);
}

function readUsers(path: string): Map<number, Access> {
  try {
    const list = readAttribute(path, attribute);
    return list ? decodeUsers(list) : new Map();
  } catch (error) {
    throw asUnsupported(path, error);
  }
}

function writeUsers(path: string, users: ReadonlyMap<number, Access>): void {
  const list = encodeAccessList((statSync(path).mode >> 6) & 0o7, users);
  try {
    writeAttribute(path, attribute, list);
  } catch (error) {
    throw asUnsupported(path, error);
  }
}

function asUnsupported(path: string, error: unknown): unknown {
  if (!(error instanceof SystemCallError) || error.errno !== koffi.os.errno["EOPNOTSUPP"]) return error;
  return new LodgeError({
    code: "host_unsupported",
    message: `The file system of ${path} has no access lists (POSIX ACLs), which disks with snapshots need: use ext4, XFS or btrfs for LODGE_DIR.`,
    cause: error,
  });
}

const tags = { owner: 0x01, user: 0x02, group: 0x04, mask: 0x10, others: 0x20 } as const;
const version = 2;
const nobodyInParticular = 0xffff_ffff;
const bits: Readonly<Record<Access, number>> = { read: 0o4, write: 0o6 };

/** An owner with these permissions (three bits), users, and nothing for the group and all others. */
export function encodeAccessList(owner: number, users: ReadonlyMap<number, Access>): Buffer {
  const named = [...users]
    .toSorted(([a], [b]) => a - b)
    .map(([uid, access]) => [tags.user, bits[access], uid] as const);
  const mask = named.reduce((all, [, permissions]) => all | permissions, 0);
  const entries = [
    [tags.owner, owner, nobodyInParticular] as const,
    ...named,
    [tags.group, 0, nobodyInParticular] as const,
    [tags.mask, mask, nobodyInParticular] as const,
    [tags.others, 0, nobodyInParticular] as const,
  ];
  const list = Buffer.alloc(4 + 8 * entries.length);
  list.writeUInt32LE(version, 0);
  entries.forEach(([tag, permissions, id], index) => {
    list.writeUInt16LE(tag, 4 + 8 * index);
    list.writeUInt16LE(permissions, 6 + 8 * index);
    list.writeUInt32LE(id, 8 + 8 * index);
  });
  return list;
}

export function decodeUsers(list: Buffer): Map<number, Access> {
  const users = new Map<number, Access>();
  for (let at = 4; at + 8 <= list.length; at += 8) {
    if (list.readUInt16LE(at) !== tags.user) continue;
    users.set(list.readUInt32LE(at + 4), (list.readUInt16LE(at + 2) & 0o2) === 0 ? "read" : "write");
  }
  return users;
}
