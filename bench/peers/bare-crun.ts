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

export interface Bundle {
  readonly path: string;
  /** The conmon of the container that it was taken from. */
  readonly monitor: number;
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
  async bundleOf(init: number): Promise<Bundle> {
    const monitor = parentOf(init);
    const original = JSON.parse(readFileSync(join(bundlePath(monitor), "config.json"), "utf8")) as Configuration;
    const path = join(this.#directory, "bundle");
    await mkdir(path, { recursive: true });
    const { process, linux } = original;
    const configuration = {
      ...original,
      process: { ...process, terminal: false },
      linux: { ...linux, cgroupsPath: `/${join(this.group.path, "container")}` },
    };
    await writeFile(join(path, "config.json"), JSON.stringify(configuration));
    return { path, monitor };
  }

  /** `crun run --detach`: its init runs when this resolves. */
  async run(id: string, { path, monitor }: Bundle): Promise<void> {
    // Into a file: the container keeps what it is given, and a pipe would end with it alone.
    const file = join(this.#directory, "log");
    const log = openSync(file, "w");
    try {
      // The pinned namespaces are mounted where the daemon is.
      const enter = [`--target=${monitor}`, "--mount", "--wd=/", "--", "crun"];
      const args = [...enter, ...this.#globals, "run", "--detach", "--bundle", path, id];
      const crun = spawn("nsenter", args, { stdio: ["ignore", log, log] });
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

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** conmon, which made the container, was told where its bundle is. */
function bundlePath(monitor: number): string {
  const words = readFileSync(`/proc/${monitor}/cmdline`, "utf8").split("\0");
  const path = words[words.indexOf("--bundle") + 1];
  if (path === undefined || !words.includes("--bundle")) throw new Error(`process ${monitor} is no conmon`);
  return path;
}

export const bareCrunPeer: PeerKind<BareCrunPeer> = {
  name: "crun",
  async start(room: Room) {
    const version = /version (\S+)/.exec(await mustRun("crun", ["--version"]))?.[1] ?? "unknown";
    return new BareCrunPeer(room.group("crun"), join(room.directory, "crun"), version);
  },
};
