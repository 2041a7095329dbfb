/** Opens a virtual machine's disk, with all that it stands on, by QEMU's own reader of the format, which runs as an unprivileged user. */
import { closeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { endsWith } from "../../../system/ends-with.ts";
import { bindUnix, startListening } from "../../../system/listening-socket.ts";
import { ReusedReads } from "../../../system/reused-reads.ts";
import { toolError } from "../../../system/run.ts";
import { type DiskFailure, NbdClient } from "./nbd-client.ts";
import type { OpenDisk } from "./open-disk.ts";

export interface DiskToServe {
  /** A qcow2 file. */
  readonly path: string;
  /** Who may read it, and write it when it is to be written: guests are strangers, and so is what they wrote into the file. */
  readonly uid: number;
  readonly writable: boolean;
  /** A directory of root's alone, for a socket that is there for a moment. */
  readonly directory: string;
}

export interface ServedDisk extends AsyncDisposable {
  readonly disk: OpenDisk;
}

const program = "qemu-storage-daemon";
const exportName = "disk";
let sockets = 0;

export async function serveDisk(served: DiskToServe, failure: DiskFailure): Promise<ServedDisk> {
  const path = join(served.directory, `disk${(sockets++).toString(36)}`);
  // Bound and listening before there is a server: to connect, nobody needs to wait for it.
  const listening = bindUnix(path);
  try {
    startListening(listening);
    const reads = new ReusedReads();
    const socket = connect({ path, onread: reads.onread });
    const command = endsWith(process.pid, [program, ...serverArguments(served)], asUser(served.uid));
    const child = execa("unshare", ["--net", "--", ...command], {
      // Any descriptor will do; execa's types know their own process's only.
      stdio: ["ignore", "ignore", "pipe", listening as 0],
      reject: false,
      extendEnv: false,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8" },
    });
    const dispose = async () => {
      socket.destroy();
      // It closes the disk and ends; one that hangs does so no longer.
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), patience);
      await child;
      clearTimeout(timer);
    };
    const opened = NbdClient.open(socket, reads.of(socket), exportName, failure);
    try {
      await new Promise((resolve, reject) => {
        socket.once("connect", resolve).once("error", reject);
      });
      // Only the server has the socket now: when it ends, so does the connection.
      closeSync(listening);
      return { disk: await opened, [Symbol.asyncDispose]: dispose };
    } catch (error) {
      opened.catch(() => undefined);
      await dispose();
      throw serverError(await child, failure, error);
    }
  } finally {
    await rm(path, { force: true });
  }
}

/** Milliseconds. */
const patience = 30_000;

function asUser(uid: number): string[] {
  return [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--no-new-privs"];
}

/** Names of files are told as JSON: in the other form, a comma would end them. */
function serverArguments({ path, writable }: DiskToServe): string[] {
  const access = { "read-only": !writable };
  const file = { driver: "file", "node-name": "file", filename: path, ...access };
  const disk = { driver: "qcow2", "node-name": "disk", file: "file", ...access };
  const listener = ["--nbd-server", "addr.type=fd,addr.str=3,max-connections=1"];
  const exported = `type=nbd,id=export,node-name=disk,name=${exportName},writable=${writable ? "on" : "off"}`;
  return ["--blockdev", JSON.stringify(file), "--blockdev", JSON.stringify(disk), ...listener, "--export", exported];
}

function serverError(
  result: { readonly stderr?: unknown; readonly code?: string | undefined },
  failure: DiskFailure,
  cause: unknown,
): unknown {
  const words = typeof result.stderr === "string" ? result.stderr.trim() : "";
  if (result.code === "ENOENT" || words.endsWith(`${program}: not found`))
    return toolError(program, [], { code: "ENOENT" }, "internal");
  return words === "" ? cause : failure(words.slice(-600), cause);
}
