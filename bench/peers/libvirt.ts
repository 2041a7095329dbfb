import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../test/harness/command.ts";
import { until } from "../../test/harness/until.ts";
import { type PeerKind, type Room, Unavailable } from "../scenario.ts";
import { type LibvirtMachine, libvirtDomain } from "./libvirt-domain.ts";
import type { MachineModel } from "./machine-model.ts";
import { answers, SandboxedPeer, type Started, startInSandbox } from "./sandboxed-peer.ts";

/** libvirt's daemon with its QEMU driver, asked by virsh. */
export class LibvirtPeer extends SandboxedPeer {
  readonly #directory: string;
  #machines = 0;

  constructor(started: Started, directory: string) {
    super(started);
    this.#directory = directory;
  }

  virsh(...args: readonly string[]): Promise<string> {
    return this.sandbox.must("virsh", "--connect", "qemu:///system", "--quiet", ...args);
  }

  /** Boots a machine as Lodge has it and saves it when its guest answers. */
  async save(model: MachineModel): Promise<SavedMachine> {
    const name = `saved${this.#machines++}`;
    const directory = join(this.#directory, name);
    await mkdir(directory, { recursive: true });
    const machine = { name, model, disk: join(directory, "disk.qcow2") };
    await mustRun("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", model.base, machine.disk]);
    const domain = join(directory, "domain.xml");
    await writeFile(domain, libvirtDomain(machine));
    await this.virsh("create", domain);
    const saved = new SavedMachine(this, machine, directory);
    await saved.firstReply();
    await this.virsh("save", name, saved.memory);
    await copyFile(machine.disk, saved.disk);
    return saved;
  }
}

export class SavedMachine {
  readonly memory: string;
  readonly disk: string;
  readonly #peer: LibvirtPeer;
  readonly #machine: LibvirtMachine;

  constructor(peer: LibvirtPeer, machine: LibvirtMachine, directory: string) {
    this.#peer = peer;
    this.#machine = machine;
    this.memory = join(directory, "memory");
    this.disk = join(directory, "disk.saved");
  }

  /** Its disk is again as it was saved. For a machine that does not run. */
  async rewind(): Promise<void> {
    await copyFile(this.disk, this.#machine.disk);
  }

  async restore(): Promise<void> {
    await this.#peer.virsh("restore", this.memory);
  }

  /** Waits until a command has run in its guest. */
  async firstReply(): Promise<void> {
    const ask = async (question: object): Promise<unknown> => {
      const answer = await this.#peer.virsh("qemu-agent-command", this.#machine.name, JSON.stringify(question));
      return (JSON.parse(answer) as { return: unknown }).return;
    };
    const exec = { execute: "guest-exec", arguments: { path: "/bin/echo", arg: ["here"] } };
    const pid = await until("answer of a guest to libvirt", patience, () =>
      ask(exec).then(
        (begun) => (begun as { pid: number }).pid,
        () => undefined,
      ),
    );
    await until("end of a guest's command", patience, async () => {
      const status = await ask({ execute: "guest-exec-status", arguments: { pid } });
      return (status as { exited: boolean }).exited;
    });
  }

  async destroy(): Promise<void> {
    await this.#peer.virsh("destroy", this.#machine.name);
  }
}

/** Milliseconds for a guest to boot, also on a busy machine. */
const patience = 300_000;

/** The packages' scripts, which were not run, would have made it; the daemon asks for it even where another is configured. */
const user =
  "echo libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin >>/etc/passwd && echo libvirt-qemu:x:64055: >>/etc/group";

/** There is nobody else in the sandbox, and no daemon for logs; its one control group is the bench's. */
const configuration = [
  'security_driver = "none"',
  'user = "root"',
  'group = "root"',
  "dynamic_ownership = 0",
  "remember_owner = 0",
  'stdio_handler = "file"',
  "cgroup_controllers = []",
  "namespaces = []",
].join("\n");

export const libvirtPeer: PeerKind<LibvirtPeer> = {
  name: "libvirt",
  async start(room: Room) {
    const started = await startInSandbox(room, {
      name: "libvirt",
      data: ["/var/lib/libvirt", "/var/log/libvirt", "/var/cache/libvirt"],
      async prepare(sandbox, { descriptor }) {
        const there = await sandbox.run("libvirtd", ["--version"]);
        if (there.status !== 0) throw new Unavailable("its packages are not there: `npm run bench:peers` fetches them");
        await sandbox.must("sh", "-c", user);
        await sandbox.must("sh", "-c", 'mkdir -p /etc/libvirt && echo "$0" >/etc/libvirt/qemu.conf', configuration);
        sandbox.daemon("libvirtd", [], descriptor);
        await answers(sandbox, "virsh", "--connect", "qemu:///system", "version");
        return { libvirt: (await sandbox.must("virsh", "--version")).trim() };
      },
    });
    return new LibvirtPeer(started, join(room.directory, "libvirt-machines"));
  },
};
