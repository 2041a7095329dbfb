import { isAbsolute, resolve } from "node:path";
import { LodgeError } from "@lodge/api/errors";

/** What the daemon is told by its environment; everything else is configuration in the database. */
export interface Settings {
  /** LODGE_DIR; default /var/lib/lodge. */
  readonly directory: string;
  /** LODGE_UPLINK: `auto` joins the networks to the outside when the host has a default route, `none` never. */
  readonly uplink: "auto" | "none";
  /** LODGE_ALLOW_RAW=1: instances may have keys that go past Lodge (`raw.qemu`). */
  readonly raw: boolean;
  /** LODGE_LOG_LEVEL; default info. */
  readonly logLevel: string;
  /** LODGE_IMAGE_DEFINITIONS: where the image definitions lie; default: those of this checkout. */
  readonly definitions: string;
  /** LODGE_BUILD_ID, which set-up compares with its own to find an outdated daemon. */
  readonly version: string;
}

/** Unix socket paths end at 107 bytes; the longest below LODGE_DIR is `run/12345678/console.sock`. */
const longestSocket = "/run/12345678/attach.sock/attach".length;

export function readSettings(env: Readonly<Record<string, string | undefined>>, checkout: string): Settings {
  const directory = resolve(env["LODGE_DIR"] || "/var/lib/lodge");
  if (env["LODGE_DIR"] && !isAbsolute(env["LODGE_DIR"]))
    throw invalid(`LODGE_DIR "${env["LODGE_DIR"]}" is not an absolute path`);
  const room = 107 - longestSocket;
  if (Buffer.byteLength(directory) > room) {
    throw invalid(
      `LODGE_DIR "${directory}" is ${Buffer.byteLength(directory)} bytes long; its sockets' paths must fit into 107 bytes, so choose one of at most ${room}`,
    );
  }
  const uplink = env["LODGE_UPLINK"] || "auto";
  if (uplink !== "auto" && uplink !== "none") throw invalid(`LODGE_UPLINK "${uplink}" must be auto or none`);
  return {
    directory,
    uplink,
    raw: env["LODGE_ALLOW_RAW"] === "1",
    logLevel: env["LODGE_LOG_LEVEL"] || "info",
    definitions: env["LODGE_IMAGE_DEFINITIONS"] || resolve(checkout, "images"),
    version: env["LODGE_BUILD_ID"] || "development",
  };
}

function invalid(problem: string): LodgeError {
  return new LodgeError({ code: "daemon_dir_invalid", message: `${problem}.` });
}
