import { closeSync, constants, openSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { LodgeError } from "@lodge/api/errors";
import type { ExecRequest, ExecSession } from "@lodge/core";
import { namespacePair } from "../../../system/namespace-pair.ts";
import type { RootedFiles } from "../../../system/rooted-files.ts";
import { type BundleHost, processPrivileges } from "./bundle.ts";
import { filesOfInit } from "./container-files.ts";
import { execWithPipes, execWithTerminal } from "./exec.ts";
import { ociProcess } from "./exec-process.ts";
import { findUser } from "./passwd.ts";
import type { Run } from "./run.ts";

/** A passwd file beyond this is not looked at: it is the guest's. */
const passwdLimit = 2 ** 20;

export interface SessionRequest {
  readonly run: Run;
  readonly request: ExecRequest;
  readonly host: BundleHost;
  /** Unique among this run's commands. */
  readonly name: string;
  readonly failed: (message: string) => void;
}

/** Runs a command in a container: looks up who and where, then starts it with or without a terminal. */
export async function startSession({ run, request, host, name, failed }: SessionRequest): Promise<ExecSession> {
  const { id, paths, record } = run;
  // Only stat and read are used here, so ids need no translation.
  const files = await filesOfInit(record, { ids: { base: 0, size: 2 ** 32 - 1 }, instance: id });
  try {
    const user = findUser(await readPasswd(files), request.uid);
    const cwd = await workingDirectory(files, request, user.home);
    const privileges = processPrivileges(host, namespacePair(paths.namespaces, record.privileged));
    const process = ociProcess({ request, privileges, user, cwd });
    const execution = { id, paths, name, process, failed, init: record.init.pid };
    if (!request.terminal) {
      return await execWithPipes(execution, { uid: record.idBase + request.uid, gid: record.idBase + request.gid });
    }
    const directory = openSync(paths.executions, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      // crun looks the socket up too; this name is short wherever the run's directory lies.
      return await execWithTerminal(
        execution,
        request.terminal,
        `/proc/${globalThis.process.pid}/fd/${directory}/${name}.tty`,
      );
    } finally {
      closeSync(directory);
    }
  } finally {
    await files.close();
  }
}

async function readPasswd(files: RootedFiles): Promise<string> {
  try {
    const { size } = await files.stat("/etc/passwd");
    if (size > passwdLimit) return "";
    return (await buffer(await files.read("/etc/passwd"))).subarray(0, passwdLimit).toString("utf8");
  } catch {
    return "";
  }
}

/** What was asked for must be there; a missing home is no reason not to run. */
async function workingDirectory(files: RootedFiles, { cwd }: ExecRequest, home: string): Promise<string> {
  if (await files.isDirectory(cwd ?? home)) return cwd ?? home;
  if (cwd === undefined) return "/";
  throw new LodgeError({
    code: "file_not_found",
    message: `The working directory ${cwd} does not exist in the instance.`,
  });
}
