import { EventEmitter, once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { LodgeError } from "@lodge/api/errors";
import type { MachineSize } from "@lodge/core";
import type { QmpClient, QmpEvent, RunState } from "@lodge/qmp";
import type { Logger } from "pino";
import type { Client } from "ssh2";
import { ConsoleHub } from "./console-hub.ts";
import { DiskStall } from "./disk-stall.ts";
import { AgentLine } from "./guest/agent-line.ts";
import { CallLine } from "./guest/call-line.ts";
import { GuestConnection } from "./guest/connection.ts";
import type { EarlyGuest } from "./guest/early-exec.ts";
import { askGuestFigures } from "./guest/guest-figures.ts";
import { GuestMeter } from "./guest/guest-meter.ts";
import { Meeting } from "./guest/meeting.ts";
import { renewSshd, settleFork } from "./guest/renew-sshd.ts";
import { silenceError } from "./guest/silence.ts";
import type { Turns } from "./guest/turns.ts";
import { type HostProcess, isAlive, signalProcess } from "./host-process.ts";
import { connectMonitor } from "./monitor.ts";
import type { RunDirectory, RunRecord } from "./run-directory.ts";

/** What is known of a QEMU that runs, however it was found. */
export interface RunningMachine {
  readonly name: string;
  readonly directory: RunDirectory;
  readonly record: RunRecord;
  readonly process: HostProcess;
  /** Resolves with QEMU's exit status when this daemon is its parent. */
  readonly exited?: Promise<number | undefined>;
  readonly privateKey: string;
  readonly log: Logger;
  /** The guest answered an earlier daemon in this run. */
  readonly answered: boolean;
  /** Of all machines. */
  readonly turns: Turns;
  /** Once for a run, when the guest can be reached: what must be done before anything else is asked of it. Never rejects. */
  readonly greet: (client: Client) => Promise<void>;
  /** The guest answers exec, for the first time in this daemon. */
  readonly ready: () => void;
  /** As `DriverEvents.stalled`. */
  readonly stalled: (problem: string | undefined) => void;
}

const reconnectPause = 500;
/** For the sshd of a fork to start and to let us in. */
const meetingPatience = 60_000;
/** Milliseconds for QEMU to end by itself when it is told to. */
const quitPatience = 3_000;
const sshPortId = "ssh-port";
/** Milliseconds for which other guests put off what has time, because somebody waits for a command in this one. */
const firstCommand = 2_000;
/** Milliseconds for the agent of a guest that was forked a moment ago; emulated guests on a busy host are slow. */
const agentPatience = 60_000;

/** One QEMU and the daemon's connections to it: QMP, the console, the guest's ssh. */
export class VirtualMachine {
  readonly console: ConsoleHub;
  readonly agent: AgentLine;
  /** What only its guest knows. */
  readonly meter: GuestMeter;
  /** What its guest said last that it uses. */
  guestSize: MachineSize | undefined;
  /** Resolves with the exit status, when it is known, once the process is gone. Never rejects. */
  readonly ended: Promise<number | undefined>;
  readonly #machine: RunningMachine;
  readonly #guest: GuestConnection;
  readonly #meeting: Meeting;
  readonly #stall: DiskStall;
  readonly #end = Promise.withResolvers<number | undefined>();
  #qmp: QmpClient | undefined;
  #call: CallLine | undefined;
  /** While somebody waits for one in a fork. */
  #command: Disposable | undefined;
  readonly #connections = new EventEmitter<{ connected: [] }>();
  #paused = false;
  #ready = false;
  #answered: boolean;
  #over = false;

  constructor(machine: RunningMachine) {
    this.#machine = machine;
    this.#answered = machine.answered;
    this.ended = this.#end.promise;
    const { log, stalled } = machine;
    this.#stall = new DiskStall({ qmp: () => this.#qmp, log, changed: stalled });
    this.console = new ConsoleHub(machine.directory.console);
    this.agent = new AgentLine(machine.directory.agent, agentPatience);
    this.meter = new GuestMeter(() => askGuestFigures(machine.directory.agent));
    this.#guest = new GuestConnection({
      socket: machine.directory.ssh,
      privateKey: machine.privateKey,
      connected: () => void this.#greet(),
      log,
    });
    const { turns } = machine;
    const turn = (urgent: Promise<void>) => turns.take(urgent, this);
    const settle = () => settleFork(this.agent, this.#call);
    const steps = { turn, settle, renew: () => renewSshd(this.agent, this.#call), connect: () => this.#guest.start() };
    this.#meeting = new Meeting(steps, machine.log);
  }

  get process(): HostProcess {
    return this.#machine.process;
  }

  get record(): RunRecord {
    return this.#machine.record;
  }

  get directory(): RunDirectory {
    return this.#machine.directory;
  }

  /** Why its guest stands still by the host's fault. */
  get problem(): string | undefined {
    return this.#stall.problem;
  }

  /** Exec is answered now. */
  get ready(): boolean {
    return (this.client !== undefined && this.#answered) || this.early !== undefined;
  }

  /** While the guest of a fork knows what it is, and can be reached by its agent alone. */
  get early(): EarlyGuest | undefined {
    return this.#meeting.stage === "under way" && !this.#paused && !this.#over ? this.#earlyGuest : undefined;
  }

  get #earlyGuest(): EarlyGuest {
    const { agent, ended, met } = this;
    const meeting = this.#meeting;
    return {
      ...{ agent, ended, met },
      ...(this.#call && { call: this.#call }),
      busy: () => {
        meeting.busy();
        this.#command?.[Symbol.dispose]();
        this.#command = this.#machine.turns.holdFor(firstCommand, this);
      },
      free: () => {
        meeting.free();
        this.#command?.[Symbol.dispose]();
      },
      hasten: () => meeting.hasten(),
    };
  }

  /** The first ssh connection in this daemon, once it stands. Never rejects. */
  get met(): Promise<Client> {
    return this.#meeting.met;
  }

  /**
   * Makes the connections and keeps them. Takes over a QMP connection that stands already. That to the guest of a fork waits: until it
   * knows what it is, it takes the key of another machine.
   */
  connect(qmp?: QmpClient): void {
    void this.#machine.exited?.then((status) => this.#finish(status));
    void this.#superviseQmp(qmp);
    this.console.start();
    if (!this.record.fork) this.#guest.start();
    // A daemon that died may not have come to that.
    else if (qmp === undefined) this.#meeting.resume(!this.#answered);
  }

  /** What waits in the guest of a fork since before it was forked, see `CallLine`. It serves until the ssh connection stands. */
  async call(signal: AbortSignal): Promise<CallLine> {
    this.#call = await CallLine.open(this.directory.call, signal);
    void this.met.then(() => this.#call?.retire());
    return this.#call;
  }

  /** The guest of a fork knows what it is: commands are run by its agent until the ssh connection stands. */
  introduce(): void {
    this.#meeting.introduce();
    this.#tellReady();
  }

  /** The connection to QEMU; an error when QEMU does not answer. */
  qmp(): QmpClient {
    if (this.#qmp && !this.#qmp.closed) return this.#qmp;
    throw new LodgeError({
      code: "instance_operation_failed",
      message: `QEMU of ${this.#machine.name} does not answer; try again, or stop it with force.`,
    });
  }

  /** Waits for the connection to QEMU; an error when the run ends before. */
  async connected(): Promise<QmpClient> {
    if (!this.#qmp || this.#qmp.closed) await Promise.race([once(this.#connections, "connected"), this.ended]);
    return this.qmp();
  }

  /** The connection to the guest while it stands and the guest runs; it may not have been greeted yet. */
  get client(): Client | undefined {
    return this.#paused || this.problem !== undefined ? undefined : this.#guest.client;
  }

  /** Throws when the guest gets no turn at this moment: whatever is asked of it would wait for that. */
  requireTurn(): void {
    const { name } = this.#machine;
    if (this.problem !== undefined)
      throw new LodgeError({ code: "guest_stalled", message: `${name}: ${this.problem}` });
    if (!this.#paused) return;
    const message = `The guest of ${name} is paused; resume it first ("lodge resume ${name}").`;
    throw new LodgeError({ code: "instance_not_ready", message });
  }

  /** The connection to the guest; throws when it does not stand, see `silenceError`. */
  guest(): Client {
    this.requireTurn();
    const { name, record } = this.#machine;
    const client = this.#guest.client;
    if (client && this.#answered) return client;
    throw silenceError({
      ...{ name, accelerator: record.hardware.accelerator, answered: this.#answered, portOpen: this.#guest.portOpen },
      running: (Date.now() - Date.parse(record.startedAt)) / 1000,
    });
  }

  /** As `guest`; waits for the connection while it is being made for the first time. */
  async reach(): Promise<Client> {
    const { early } = this;
    if (!early) return this.guest();
    this.requireTurn();
    early.hasten();
    await Promise.race([early.met, this.ended, delay(meetingPatience, undefined, { ref: false })]);
    return this.guest();
  }

  /** By QEMU's own word; its last known state when it does not answer in time. */
  async state(): Promise<RunState> {
    try {
      return (await this.qmp().executeWithin(2_000, "query-status")).status;
    } catch {
      return this.#paused ? "paused" : "running";
    }
  }

  /** Ends QEMU and returns when it is gone. */
  async kill(): Promise<void> {
    await this.#machine.directory.requestKill();
    const quit = this.#qmp?.executeWithin(quitPatience, "quit").catch(() => undefined);
    await Promise.race([this.ended, quit?.then(() => delay(quitPatience, undefined, { ref: false }))]);
    await signalProcess(this.#machine.process, "SIGKILL");
    await this.ended;
  }

  /** Lets go of QEMU, which runs on. */
  disconnect(): void {
    this.#over = true;
    this.#qmp?.close();
    this.#guest.stop();
    this.#meeting.end();
    this.agent.close();
    this.#call?.close();
    this.console.stop();
  }

  #finish(status: number | undefined): void {
    if (this.#over) return;
    this.disconnect();
    this.#end.resolve(status);
  }

  /** Holds a QMP connection for as long as the process lives. Its end is how the death of an adopted QEMU shows. */
  async #superviseQmp(first?: QmpClient): Promise<void> {
    let next = first;
    while (!this.#over) {
      const qmp = next ?? (await connectMonitor({ path: this.#machine.directory.qmp }).catch(() => undefined));
      next = undefined;
      if (qmp) await this.#useQmp(qmp);
      if (!this.#machine.exited && !(await isAlive(this.#machine.process))) return this.#finish(undefined);
      await delay(reconnectPause, undefined, { ref: false });
    }
  }

  async #useQmp(qmp: QmpClient): Promise<void> {
    const closed = new Promise<void>((resolve) => qmp.once("close", () => resolve()));
    if (qmp.closed) return;
    this.#qmp = qmp;
    this.#connections.emit("connected");
    qmp.on("event", (event) => this.#notice(event));
    await this.#lookAround(qmp).catch(() => undefined);
    await closed;
    this.#qmp = undefined;
  }

  /** Learns what changed while no connection stood. */
  async #lookAround(qmp: QmpClient): Promise<void> {
    const { status } = await qmp.execute("query-status");
    this.#paused = status === "paused";
    if (status === "io-error") void this.#stall.begin();
    const ports = await qmp.execute("query-chardev");
    const ssh = ports.find(({ label }) => label === "ssh");
    if (ssh) this.#guest.portFound(ssh["frontend-open"]);
  }

  #notice(event: QmpEvent): void {
    const { name, data } = event;
    this.#stall.notice(event);
    if (name === "BLOCK_IMAGE_CORRUPTED") this.#machine.log.error(data, "QEMU found a disk damaged");
    if (name === "STOP") this.#paused = true;
    if (name === "RESUME") this.#paused = false;
    if (name === "VSERPORT_CHANGE" && data["id"] === sshPortId) this.#guest.portChanged(data["open"] === true);
  }

  async #greet(): Promise<void> {
    const client = this.#guest.client;
    if (client && !this.#answered) await this.#machine.greet(client);
    // A connection that was lost meanwhile comes again, and is greeted then.
    if (client && this.#guest.client === client) this.#reportReady(client);
  }

  #reportReady(client: Client): void {
    this.#meeting.done(client);
    if (!this.#answered) {
      const { directory, log } = this.#machine;
      directory.noteAnswer().catch((error: unknown) => log.warn({ err: error }, "a guest's answer cannot be noted"));
    }
    this.#answered = true;
    this.#tellReady();
  }

  #tellReady(): void {
    if (this.#ready) return;
    this.#ready = true;
    this.#machine.ready();
  }
}
