/** What the cases of a file happen in: a daemon, and terminals from which it is reached. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { type LodgeWithImages, startLodge } from "../harness/start-lodge.ts";
import { Terminal } from "./terminal.ts";

export interface Scene {
  readonly lodge: Lodge;
  /** On the daemon's host. */
  readonly here: Terminal;
  /** Somebody else's, which the daemon does not know yet; `token` in its directory is good for that once. */
  readonly there: Terminal;
}

export interface SceneOptions extends LodgeWithImages {
  /** Of the terminals. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Sets the scene before the file's tests and takes it down after them. */
export function scene(options: SceneOptions | ((directory: string) => Promise<SceneOptions>)): () => Scene {
  const directory = mkdtempSync(join(tmpdir(), "lodge-e2e-"));
  let set: Scene | undefined;
  beforeAll(async () => {
    const given = typeof options === "function" ? await options(directory) : options;
    const lodge = await startLodge(given);
    const terminal = (name: string, socket: boolean) => {
      mkdirSync(join(directory, name));
      return new Terminal({ lodge, socket, directory: join(directory, name), ...(given.env && { env: given.env }) });
    };
    set = { lodge, here: terminal("here", true), there: terminal("there", false) };
    await lodge.must("config", "set", "core.https_address=127.0.0.1:8443");
    writeFileSync(join(set.there.directory, "token"), await lodge.must("config", "trust", "add", "there"));
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await set?.lodge.stop();
  });
  return () => {
    if (!set) throw new Error("The scene is set before the tests, not before them");
    return set;
  };
}
