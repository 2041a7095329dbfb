/** QEMU with Lodge's own command line and none of Lodge: what a start costs at least. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connectGuestAgent, connectQmp, type GuestAgent } from "@lodge/qmp";
import { mustRun } from "../../test/harness/command.ts";
import { until } from "../../test/harness/until.ts";
import type { ControlGroup } from "../measure/control-groups.ts";
import type { Peer, PeerKind, Room } from "../scenario.ts";
import { bareCommandLine } from "./bare-command-line.ts";
import { type LodgePeer, lodgePeer } from "./lodge.ts";

/** Of a machine as Lodge started it. */
export interface MachineModel {
  readonly program: string;
  readonly args: readonly string[];
  /** Lodge's disk, and what it stands on. */
  readonly disk: string;
  readonly base: string;
}

export class BareQemuPeer implements Peer {
  readonly group: ControlGroup;
  readonly versions: Readonly<Record<string, string>>;
  readonly #room: Room;
  readonly #models = new Map<string, Promise<MachineModel>>();
  #machines = 0;

  constructor(room: Room, group: ControlGroup, version: string) {
    this.#room = room;
    this.group = group;
    this.versions = { QEMU: version };
  }

  /** How Lodge starts a machine of an image cold. Lodge does so once, to be watched, and keeps the stopped instance for its disk. */
  model(image: string): Promise<MachineModel> {
    const known = this.#models.get(image) ?? this.#watch(image);
    this.#models.set(image, known);
    return known;
  }

  /** Starts a machine with a fresh disk. */
  async start(model: MachineModel): Promise<BareQemuMachine> {
    const directory = join(this.#room.directory, `qemu${this.#machines++}`);
    mkdirSync(directory);
    const disk = join(directory, "disk.qcow2");
    await mustRun("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", model.base, disk]);
    const args = bareCommandLine(model.args, { replacements: new Map([[model.disk, disk]]), directory });
    const qemu = spawn(model.program, args, { stdio: "ignore" });
    await once(qemu, "spawn");
    return new BareQemuMachine(qemu, directory);
  }

  async #watch(image: string): Promise<MachineModel> {
    const lodge = await this.#room.peer(lodgePeer);
    await lodge.image(image, "virtual-machine");
    const name = `model-${image.replaceAll(/\W/g, "-")}`;
    return lodge.cold(async () => {
      await lodge.launch(name, image, "virtual-machine");
      const model = await modelOf(lodge, name);
      await (await lodge.client.instances.setState(name, "stop", { force: true })).wait();
      return model;
    });
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
    using agent = await connectGuestAgent({ path: join(this.#directory, "agent"), timeout: patience });
    return await reply(agent);
  }

  async #agentPortOpen(): Promise<void> {
    const path = join(this.#directory, "qmp");
    const qmp = await until("QEMU answers", patience, () => connectQmp({ path }).catch(() => undefined));
    try {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      qmp.on("event", ({ name, data }) => {
        if (name === "VSERPORT_CHANGE" && data["id"] === "agent-port" && data["open"] === true) resolve();
      });
      qmp.on("close", reject);
      const chardevs = await qmp.execute("query-chardev");
      if (chardevs.some((chardev) => chardev.label === "agent" && chardev["frontend-open"])) return;
      await promise;
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

async function reply(agent: GuestAgent): Promise<string> {
  const { pid } = await agent.execute("guest-exec", { path: "echo", arg: ["here"], "capture-output": true });
  for (;;) {
    const status = await agent.execute("guest-exec-status", { pid });
    if (status.exited) return Buffer.from(status["out-data"] ?? "", "base64").toString();
    // The agent tells nobody when a command ends.
    await delay(5);
  }
}

async function modelOf(lodge: LodgePeer, name: string): Promise<MachineModel> {
  const command = readFileSync(`/proc/${await lodge.pid(name)}/cmdline`, "utf8")
    .split("\0")
    .slice(0, -1);
  const [program = "", ...args] = command;
  const disk = /"filename":"([^"]+\.qcow2)"/.exec(command.join("\n"))?.[1] ?? "";
  // Lodge's QEMU holds the disk's lock, and nothing is written here.
  const info = await mustRun("qemu-img", ["info", "--force-share", "--output=json", disk]);
  const base = (JSON.parse(info) as { "full-backing-filename"?: string })["full-backing-filename"];
  if (base === undefined) throw new Error(`${disk} stands on nothing`);
  return { program, args, disk, base };
}

export const bareQemuPeer: PeerKind<BareQemuPeer> = {
  name: "qemu",
  async start(room: Room) {
    const group = room.group("qemu");
    const version = await mustRun("qemu-system-x86_64", ["--version"]);
    return new BareQemuPeer(room, group, /version (\S+)/.exec(version)?.[1] ?? "unknown");
  },
};
