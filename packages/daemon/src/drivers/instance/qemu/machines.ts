import type { DriverEvents, InstanceId, InstanceIdentity } from "@lodge/core";
import { machineSize } from "@lodge/core";
import type { Logger } from "pino";
import type { Client } from "ssh2";
import type { Cgroups } from "../../../system/cgroups.ts";
import type { CpuPlaces } from "../../../system/cpus/cpu-places.ts";
import { hostBootId } from "../../../system/host-boot-id.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import { exitReport } from "./exit-report.ts";
import { layNoted, layPatience } from "./guest/lay-files.ts";
import { runBySsh } from "./guest/run-by-ssh.ts";
import { Turns } from "./guest/turns.ts";
import { findProcess } from "./host-process.ts";
import { InstanceFiles } from "./instance-files.ts";
import { endStillness } from "./live/quiesce.ts";
import { namedCpusOf } from "./machine-limits.ts";
import type { GovernedMachines } from "./memory/governed-machines.ts";
import { wrongState } from "./refusal.ts";
import { RunDirectory, type RunRecord } from "./run-directory.ts";
import { mountShares } from "./shares/guest-mount.ts";
import { shareGroup } from "./shares/serve-share.ts";
import { takeBeginning } from "./size/settle-guest.ts";
import { endStandstill } from "./state/standstill.ts";
import { tpmGroup } from "./tpm/swtpm.ts";
import { type RunningMachine, VirtualMachine } from "./virtual-machine.ts";

export interface MachinesOptions {
  readonly paths: LodgePaths;
  readonly cgroups: Cgroups;
  readonly cpus: CpuPlaces;
  readonly events: DriverEvents;
  readonly governed: GovernedMachines;
  readonly log: Logger;
}

/** A run that was begun or found. */
type Run = Omit<RunningMachine, "name" | "log" | "turns" | "greet" | "ready" | "stalled">;

/** Milliseconds between looks at the size of the logs. */
const trimInterval = 10_000;

/** The machines that run, and what is there of each. Tells of their ends. */
export class Machines {
  readonly turns = new Turns();
  readonly #options: MachinesOptions;
  readonly #machines = new Map<InstanceId, VirtualMachine>();
  /** Ends that are being reported: what they report on must stay until then. */
  readonly #endings = new Map<InstanceId, Promise<void>>();
  readonly #trimming: NodeJS.Timeout;

  constructor(options: MachinesOptions) {
    this.#options = options;
    this.#trimming = setInterval(() => void this.#trimLogs(), trimInterval).unref();
  }

  /** Lets go of all, which run on. */
  [Symbol.dispose](): void {
    clearInterval(this.#trimming);
    for (const vm of this.#machines.values()) vm.disconnect();
    this.#machines.clear();
  }

  get all(): readonly { readonly id: InstanceId; readonly vm: VirtualMachine }[] {
    return [...this.#machines].map(([id, vm]) => ({ id, vm }));
  }

  get(id: InstanceId): VirtualMachine | undefined {
    return this.#machines.get(id);
  }

  /** `instance_wrong_state` when it does not run. */
  running(id: InstanceId): VirtualMachine {
    const vm = this.#machines.get(id);
    if (vm) return vm;
    throw wrongState(id, "is not running; start it first");
  }

  /** Resolves when nothing is to be told of an end any more. Never rejects. */
  async ending(id: InstanceId): Promise<void> {
    await this.#endings.get(id);
  }

  files(id: InstanceId): InstanceFiles {
    return new InstanceFiles(this.#options.paths, id);
  }

  directory(id: InstanceId): RunDirectory {
    return new RunDirectory(this.#options.paths, id);
  }

  /** Finds the QEMU of a recorded run again: it is what is in the instance's cgroup. Without one, the run has ended. */
  async adopt(identity: InstanceIdentity): Promise<void> {
    const { id } = identity;
    if (this.#machines.has(id)) return;
    const directory = this.directory(id);
    const record = await directory.record();
    if (!record) return;
    const { cgroups, cpus } = this.#options;
    const groups = [tpmGroup(id), ...(await directory.shares.list()).map(({ name }) => shareGroup(id, name))];
    const beside = (await Promise.all(groups.map((group) => cgroups.processes(group)))).flat();
    const pid = (await cgroups.processes(id)).find((each) => !beside.includes(each));
    const process = pid === undefined ? undefined : await findProcess(pid);
    if (!process) return this.#reportEnd(id, directory, record, undefined);
    const { privateKey } = await this.files(id).sshKey();
    const answered = await directory.hasAnswered();
    const vm = this.watch(identity, { directory, record, process, privateKey, answered });
    vm.connect();
    await cpus.adopt(id, await namedCpusOf(identity.config).catch(() => undefined));
    const log = this.#options.log.child({ instance: identity.name, id });
    void endStillness(vm, log);
    await endStandstill(vm, log);
  }

  /** Takes a run in, and its end, when that comes. */
  watch({ id, name, config }: InstanceIdentity, machine: Run): VirtualMachine {
    const log = this.#options.log.child({ instance: name, id });
    const vm: VirtualMachine = new VirtualMachine({
      ...{ ...machine, name, log, turns: this.turns },
      greet: (client) => this.#greet(vm, client, id, log),
      ready: () => this.#options.events.ready(id),
      stalled: (problem) => this.#options.events.stalled?.(id, problem),
    });
    this.#machines.set(id, vm);
    this.#options.governed.begin(id, vm, machineSize(config).memory);
    const ending = vm.ended.then(async (status) => {
      this.#machines.delete(id);
      this.#options.governed.end(id);
      await this.#reportEnd(id, machine.directory, machine.record, status);
    });
    const settled = ending
      .catch((error: unknown) => log.error({ err: error }, "cannot report the end of a run"))
      .finally(() => this.#endings.delete(id));
    this.#endings.set(id, settled);
    return vm;
  }

  async #greet(vm: VirtualMachine, client: Client, id: InstanceId, log: Logger): Promise<void> {
    const bySsh = (input: string) => runBySsh(client, { command: "exec /bin/sh -s", input, patience: layPatience });
    await layNoted(vm.directory, bySsh, log);
    await mountShares(client, vm.directory.shares, log);
    try {
      const taken = await takeBeginning(vm, log);
      // The next run has all of it from its boot on.
      if (!taken) await this.files(id).recordHardware({ fixedMemory: true });
    } catch (err) {
      log.warn({ err }, "what a guest has taken into use is not known");
    }
  }

  async #reportEnd(
    id: InstanceId,
    directory: RunDirectory,
    record: RunRecord,
    status: number | undefined,
  ): Promise<void> {
    const report = exitReport({
      log: (await this.files(id).runtimeLog.tail()).toString("utf8"),
      killRequested: await directory.killRequested(),
      hostRestarted: record.hostBoot !== (await hostBootId()),
      ...(status !== undefined && { status }),
    });
    this.#options.events.exited(id, report);
  }

  async #trimLogs(): Promise<void> {
    const logs = [...this.#machines.keys()].map((id) => this.files(id));
    for (const { consoleLog, runtimeLog, shareLog, tpmLog } of logs) {
      await Promise.all([consoleLog, runtimeLog, shareLog, tpmLog].map((log) => log.trim())).catch((error: unknown) => {
        this.#options.log.warn({ err: error }, "cannot cut the logs of a virtual machine");
      });
    }
  }
}
