/** QEMU with Lodge's own command line and none of Lodge: what a start costs at least. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connectGuestAgent, connectQmp, type GuestAgent } from "@lodge/qmp";
import { mustRun } from "../../test/harness/command.ts";
import type { HostNetwork } from "../../test/harness/host-network.ts";
import { until } from "../../test/harness/until.ts";
import type { ControlGroup } from "../measure/control-groups.ts";
import type { Peer, PeerKind, Room } from "../scenario.ts";
import { bareCommandLine } from "./bare-command-line.ts";
import type { MachineModel } from "./machine-model.ts";

export interface BareOptions {
  /** Arguments that its command line has beside Lodge's. */
  readonly more?: readonly string[];
  /** What its nic is connected to. Default: nothing. */
  readonly tap?: { readonly network: HostNetwork; readonly name: string };
}

export class BareQemuPeer implements Peer {
  readonly group: ControlGroup;
  readonly versions: Readonly<Record<string, string>>;
  readonly #room: Room;
  #machines = 0;

  constructor(room: Room, group: ControlGroup, version: string) {
    this.#room = room;
    this.group = group;
    this.versions = { QEMU: version };
  }

  /** Starts a machine with a fresh disk. */
  async start(model: MachineModel, { more = [], tap }: BareOptions = {}): Promise<BareQemuMachine> {
    const directory = join(this.#room.directory, `qemu${this.#machines++}`);
    mkdirSync(directory);
    const disk = join(directory, "disk.qcow2");
    await mustRun("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", model.base, disk]);
    const replacements = new Map([[model.disk, disk]]);
    const args = [...bareCommandLine(model.args, { replacements, directory, tap: tap?.name }), ...more];
    const [program = "", ...rest] = [...(tap?.network.inside ?? []), model.program, ...args];
    const log = openSync(join(directory, "log"), "w");
    const qemu = spawn(program, rest, { stdio: ["ignore", "ignore", log] });
    closeSync(log);
    await once(qemu, "spawn");
    // Whoever starts it may not be in the group.
    if (qemu.pid !== undefined) this.group.add(qemu.pid);
    return new BareQemuMachine(qemu, directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

export class BareQemuMachine implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly #directory: string;

  constructor(process: ChildProcess, directory: string) {
    this.process = process;
    this.#directory = directory;
  }

  /** Waits for the guest's agent and resolves with what a first command answered. */
  async firstReply(): Promise<string> {
    await this.#agentPortOpen();
    return this.run("echo", "here");
  }

  /** Runs a command, by the agent that has answered, which must succeed; returns its output. */
  async run(...command: readonly string[]): Promise<string> {
    using agent = await connectGuestAgent({ path: join(this.#directory, "agent"), timeout: patience });
    return await runBy(agent, command);
  }

  async #agentPortOpen(): Promise<void> {
    const path = join(this.#directory, "qmp");
    const qmp = await until("QEMU answers", patience, () => {
      if (this.process.exitCode !== null)
        throw new Error(`QEMU ended: ${readFileSync(join(this.#directory, "log"), "utf8")}`);
      return connectQmp({ path }).catch(() => undefined);
    });
    try {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      qmp.on("event", ({ name, data }) => {
        if (name === "VSERPORT_CHANGE" && data["id"] === "agent-port" && data["open"] === true) resolve();
      });
      qmp.on("close", reject);
      const chardevs = await qmp.execute("query-chardev");
      if (chardevs.some((chardev) => chardev.label === "agent" && chardev["frontend-open"])) return;
      // A guest may have panicked.
      const bound = setTimeout(() => reject(new Error("the guest has not booted in time")), patience);
      await promise.finally(() => clearTimeout(bound));
    } finally {
      qmp.removeAllListeners();
      qmp.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.process;
    if (exitCode === null && signalCode === null) {
      this.process.kill("SIGKILL");
      await once(this.process, "exit");
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Milliseconds for a guest to boot, also on a busy machine. */
const patience = 300_000;

async function runBy(agent: GuestAgent, [path = "", ...arg]: readonly string[]): Promise<string> {
  const begun = performance.now();
  const { pid } = await agent.execute("guest-exec", { path, arg, "capture-output": true });
  for (;;) {
    const { exited, exitcode, ...said } = await agent.execute("guest-exec-status", { pid });
    const text = (base64 = "") => Buffer.from(base64, "base64").toString();
    if (exited && exitcode !== 0) throw new Error(`${path}: status ${exitcode}: ${text(said["err-data"])}`);
    if (exited) return text(said["out-data"]);
    // The agent tells nobody when a command ends, and each question takes time of the guest's: what takes long is asked for less often.
    await delay(Math.max(5, (performance.now() - begun) / 50));
  }
}

export const bareQemuPeer: PeerKind<BareQemuPeer> = {
  name: "qemu",
  async start(room: Room) {
    const group = room.group("qemu");
    const version = await mustRun("qemu-system-x86_64", ["--version"]);
    return new BareQemuPeer(room, group, /version (\S+)/.exec(version)?.[1] ?? "unknown");
  },
};
