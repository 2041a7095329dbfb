/** The headers by which files travel: LXD's names and Incus's, both ways. */
import type { IncomingHttpHeaders } from "node:http";
import { LodgeError } from "@lodge/api";
import type { GuestFileInfo, GuestFileType } from "@lodge/core";

export interface FileHeaders {
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
  readonly type: GuestFileType;
  readonly append: boolean;
}

export function renderFileHeaders(info: GuestFileInfo): Record<string, string> {
  const values = {
    uid: String(info.uid),
    gid: String(info.gid),
    mode: info.mode.toString(8).padStart(4, "0"),
    type: info.type,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => [
      [`X-LXD-${name}`, value],
      [`X-Incus-${name}`, value],
    ]),
  );
}

/** Throws `request_invalid`. */
export function parseFileHeaders(headers: IncomingHttpHeaders): FileHeaders {
  const uid = parseId(headers, "uid");
  const gid = parseId(headers, "gid");
  const mode = parseMode(headerOf(headers, "mode"));
  return {
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(mode !== undefined && { mode }),
    type: oneOf("type", headerOf(headers, "type") ?? "file", ["file", "directory", "symlink"]),
    append: oneOf("write", headerOf(headers, "write") ?? "overwrite", ["overwrite", "append"]) === "append",
  };
}

/** `X-LXD-NAME`, else `X-Incus-NAME`; undefined when empty. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[`x-lxd-${name.toLowerCase()}`] ?? headers[`x-incus-${name.toLowerCase()}`];
  return (Array.isArray(value) ? value[0] : value) || undefined;
}

/** -1 stands for "not given". */
function parseId(headers: IncomingHttpHeaders, name: "uid" | "gid"): number | undefined {
  const value = headerOf(headers, name);
  if (value === undefined || value === "-1") return undefined;
  if (!/^\d{1,10}$/.test(value) || Number(value) >= 2 ** 32 - 1) throw invalid(name, value, "a numeric id");
  return Number(value);
}

/** `0644`, `0o644`, four octal digits (LXD's client writes `1777`), or a decimal number as Go's ParseInt reads it. */
function parseMode(value: string | undefined): number | undefined {
  if (value === undefined || value === "-1") return undefined;
  const octal = /^(?:0o?)?([0-7]{1,4})$/.exec(value);
  const digits = octal?.[1] ?? "";
  const mode = octal && (value.startsWith("0") || digits.length === 4) ? Number.parseInt(digits, 8) : Number(value);
  if (!/^\d+$|^0o[0-7]+$/.test(value) || mode > 0o7777) throw invalid("mode", value, "permission bits such as 0644");
  return mode;
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((a) => a === value);
  if (found === undefined) throw invalid(name, value, allowed.join(", "));
  return found;
}

function invalid(name: string, value: string, wanted: string): LodgeError {
  return new LodgeError({
    code: "request_invalid",
    message: `The header X-LXD-${name} is ${JSON.stringify(value)}; it must be ${wanted}.`,
  });
}
