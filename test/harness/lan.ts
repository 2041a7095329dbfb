/** A LAN beside the host that a daemon under test is on: another machine in it, and two ways of the host's to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mustRun, runCommand } from "./command.ts";
import type { Lodge } from "./lodge.ts";

/** The other machine's addresses: by the host's bridge br0 (192.0.2.1/24), and by its interface wan0. */
export const lanPeer = { bridge: "192.0.2.9", wan: "198.51.100.9" };

export class Lan {
  /** Holds the network namespace of the other machine, and ends with this process whatever happens. */
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async create(lodge: Lodge): Promise<Lan> {
    const holder = spawn("unshare", ["--net", "cat"], { stdio: ["pipe", "pipe", "ignore"] });
    holder.stdin.write("\n");
    await once(holder.stdout, "data");
    const lan = new Lan(holder);
    const host = [
      "link add br0 type bridge",
      "link set br0 up",
      `link add port0 type veth peer name lan0 netns ${holder.pid}`,
      "link set port0 master br0 up",
      "addr add 192.0.2.1/24 dev br0",
      `link add wan0 type veth peer name lan1 netns ${holder.pid}`,
      "link set wan0 up",
    ];
    const peer = [
      `addr add ${lanPeer.bridge}/24 dev lan0`,
      "link set lan0 up",
      `addr add ${lanPeer.wan}/24 dev lan1`,
      "link set lan1 up",
    ];
    for (const command of host)
      await mustRun("nsenter", [...lodge.insideHostNetwork.slice(1), "ip", ...command.split(" ")]);
    for (const command of peer) await lan.must("ip", ...command.split(" "));
    return lan;
  }

  /** Runs a program on the other machine; a failure is a result, too. */
  run(file: string, ...args: string[]) {
    return runCommand("nsenter", ["--target", String(this.#holder.pid), "--net", file, ...args]);
  }

  /** The same; it must succeed. */
  must(file: string, ...args: string[]): Promise<string> {
    return mustRun("nsenter", ["--target", String(this.#holder.pid), "--net", file, ...args]);
  }

  close(): void {
    this.#holder.kill();
  }
}
