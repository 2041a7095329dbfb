import { LodgeError } from "@lodge/api/errors";
import { errnoName, reasonOf } from "../rooted-errors.ts";

import { PacketError } from "./packet.ts";

/** Status codes of SFTP, version 3. */
export const status = {
  ...{ ok: 0, endOfFile: 1, noSuchFile: 2, permissionDenied: 3, failure: 4, badMessage: 5, unsupported: 8 },
} as const;

const codes: Readonly<Record<string, number>> = {
  ENOENT: status.noSuchFile,
  ENOTDIR: status.noSuchFile,
  EACCES: status.permissionDenied,
  EPERM: status.permissionDenied,
  EROFS: status.permissionDenied,
};

/** What a client is told of what went wrong. */
export function statusOf(error: unknown): { readonly code: number; readonly message: string } {
  if (error instanceof LodgeError) {
    const missing = error.code === "file_not_found";
    return { code: missing ? status.noSuchFile : status.failure, message: error.message };
  }
  if (error instanceof PacketError) return { code: status.badMessage, message: error.message };
  return { code: codes[errnoName(error) ?? ""] ?? status.failure, message: reasonOf(error) };
}
