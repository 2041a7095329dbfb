/** crun with the bundle of a container that Lodge started, and none of Lodge: what a start costs at least. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../test/harness/command.ts";
import type { ControlGroup } from "../measure/control-groups.ts";
import type { Peer, PeerKind, Room } from "../scenario.ts";

/** What of an OCI configuration is read here, or changed. */
interface Configuration {
  readonly process: Readonly<Record<string, unknown>>;
  readonly linux: Readonly<Record<string, unknown>>;
}

export class BareCrunPeer implements Peer {
  readonly group: ControlGroup;
  readonly versions: Readonly<Record<string, string>>;
  readonly #directory: string;

  constructor(group: ControlGroup, directory: string, version: string) {
    this.group = group;
    this.versions = { crun: version };
    this.#directory = directory;
  }

  /**
   * Makes a bundle of the running container whose init this is: with its root, its devices, and its user and network namespaces. There
   * is nobody to hold a terminal, so it has none.
   */
  async bundleOf(init: number): Promise<string> {
    const original = JSON.parse(readFileSync(join(bundlePath(init), "config.json"), "utf8")) as Configuration;
    const bundle = join(this.#directory, "bundle");
    await mkdir(bundle, { recursive: true });
    const { process, linux } = original;
    const configuration = {
      ...original,
      process: { ...process, terminal: false },
      linux: { ...linux, cgroupsPath: `/${join(this.group.path, "container")}` },
    };
    await writeFile(join(bundle, "config.json"), JSON.stringify(configuration));
    return bundle;
  }

  /** `crun run --detach`: its init runs when this resolves. */
  async run(id: string, bundle: string): Promise<void> {
    // Into a file: the container keeps what it is given, and a pipe would end with it alone.
    const file = join(this.#directory, "log");
    const log = openSync(file, "w");
    try {
      const args = [...this.#globals, "run", "--detach", "--bundle", bundle, id];
      const crun = spawn("crun", args, { stdio: ["ignore", log, log] });
      const [status] = (await once(crun, "exit")) as [number | null];
      if (status !== 0) throw new Error(`crun run: status ${status}: ${readFileSync(file, "utf8")}`);
    } finally {
      closeSync(log);
    }
  }

  remove(id: string): Promise<string> {
    return mustRun("crun", [...this.#globals, "delete", "--force", id]);
  }

  get #globals(): readonly string[] {
    return [`--root=${join(this.#directory, "state")}`, "--cgroup-manager=cgroupfs"];
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** conmon, which made the container, was told where its bundle is. */
function bundlePath(init: number): string {
  const [, parent] = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${init}/status`, "utf8")) ?? [];
  const words = readFileSync(`/proc/${parent}/cmdline`, "utf8").split("\0");
  const path = words[words.indexOf("--bundle") + 1];
  if (path === undefined || !words.includes("--bundle")) throw new Error(`no conmon watches over process ${init}`);
  return path;
}

export const bareCrunPeer: PeerKind<BareCrunPeer> = {
  name: "crun",
  async start(room: Room) {
    const version = /version (\S+)/.exec(await mustRun("crun", ["--version"]))?.[1] ?? "unknown";
    return new BareCrunPeer(room.group("crun"), join(room.directory, "crun"), version);
  },
};
