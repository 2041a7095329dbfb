/**
 * The network namespace that is "the host's" for a daemon under test: nothing but loopback, so no uplink, and
 * nothing that the daemon does to it is seen outside. It outlives the daemon, which tests kill.
 */
import { randomBytes } from "node:crypto";
import { mustRun, runCommand } from "./command.ts";

export class HostNetwork {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  static async create(): Promise<HostNetwork> {
    const network = new HostNetwork(`lodge-t-${randomBytes(4).toString("hex")}`);
    await mustRun("ip", ["netns", "add", network.name]);
    await mustRun("ip", ["-n", network.name, "link", "set", "lo", "up"]);
    return network;
  }

  static named(name: string): HostNetwork {
    return new HostNetwork(name);
  }

  /**
   * Put before a command, runs it inside. Not `ip netns exec`: that mounts another /sys, without control groups.
   */
  get inside(): readonly string[] {
    return ["nsenter", `--net=/run/netns/${this.name}`];
  }

  async remove(): Promise<void> {
    await runCommand("ip", ["netns", "delete", this.name]);
  }
}
