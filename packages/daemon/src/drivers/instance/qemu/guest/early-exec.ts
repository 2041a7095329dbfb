import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import { PassThrough, type Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { LodgeError } from "@lodge/api/errors";
import type { ExecRequest, ExecSession } from "@lodge/core";
import { QmpError } from "@lodge/qmp";
import type { Client } from "ssh2";
import type { AgentLine } from "./agent-line.ts";
import type { CallLine, Ended } from "./call-line.ts";
import { attachCommand, beginWords, claimCommand } from "./early-command.ts";
import { EarlyInput } from "./early-input.ts";
import { execInGuest, followExec, openExec } from "./exec.ts";
import { execCommand, execWords } from "./exec-command.ts";

/** A guest whose agent answers, and whose sshd is still to be reached. */
export interface EarlyGuest {
  readonly agent: AgentLine;
  /** What waits in it for commands; missing: nothing does. */
  readonly call?: CallLine;
  /** The ssh connection, once it stands for the first time. Never rejects. */
  readonly met: Promise<Client>;
  /** The run's end. Never rejects. */
  readonly ended: Promise<unknown>;
  /** A command begins, and ends: what else the guest has to do waits for that, for a while. */
  busy(): void;
  free(): void;
  /** Somebody waits for it. */
  hasten(): void;
}

/** Milliseconds between questions whether it has ended: at first, and at last. Each costs the guest some. */
const intervals = { first: 8, last: 250, growth: 1.25 };

/**
 * Runs a command without a terminal in a guest whose sshd is still to be reached: by the agent, as soon as all of its input is there,
 * which it has to be given with the command. What lasts longer is taken over by sshd, once that is reached, and so is what has input
 * that does not come to an end.
 */
export function execEarly(guest: EarlyGuest, request: ExecRequest): ExecSession {
  return new EarlyExec(guest, request);
}

class EarlyExec implements ExecSession {
  readonly stdin: Writable;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly exit: Promise<number>;
  readonly endsOutput = true;
  readonly #guest: EarlyGuest;
  readonly #request: ExecRequest;
  readonly #token = `exec-${randomBytes(8).toString("hex")}`;
  readonly #input = new EarlyInput();
  /** Once sshd has the command. */
  readonly #session = Promise.withResolvers<ExecSession>();
  #closed = false;

  constructor(guest: EarlyGuest, request: ExecRequest) {
    this.#guest = guest;
    this.#request = request;
    this.stdin = this.#input.writable;
    for (const stream of [this.stdout, this.stderr]) stream.on("error", () => undefined);
    // What is wrong with the request is told at once.
    execCommand(request, this.#token);
    this.exit = this.#run();
    this.exit.then(
      () => guest.free(),
      () => this.#endOutput(),
    );
  }

  resize(): void {}

  signal(signal: number): void {
    this.#guest.hasten();
    void this.#session.promise.then((session) => session.signal(signal));
  }

  close(): void {
    this.#closed = true;
    this.#guest.hasten();
    void this.#session.promise.then((session) => session.close());
  }

  async #run(): Promise<number> {
    const { met, ended } = this.#guest;
    const way = await Promise.race([this.#input.whole, met, ended.then(() => undefined)]);
    if (this.#closed || way === undefined) return this.#tell(killed);
    if (!Buffer.isBuffer(way)) {
      const session = await execInGuest(way, this.#request);
      this.#input.pipe(session.stdin);
      return this.#hand(session);
    }
    this.#guest.busy();
    const called = way.length === 0 ? this.#guest.call?.run(this.#token, execWords(this.#request)) : undefined;
    const end = called ? await this.#followCall(called) : await this.#follow(await this.#begin(way));
    if (end) return this.#tell(end);
    const session = await this.#attach(await met);
    session.stdin.end();
    return this.#hand(session);
  }

  /** As `#follow`, of what waits in the guest and tells the end unasked. */
  async #followCall(called: Promise<Ended>): Promise<Ended | undefined> {
    const { met, ended } = this.#guest;
    const over = ended.then(() => killed);
    const told = called.catch((cause: unknown) => Promise.race([over, Promise.reject(this.#lost(cause))]));
    const first = await Promise.race([told, met, over]);
    if ("status" in first) return first;
    for (;;) {
      const claim = await this.#claim(first);
      if (claim === "sshd has it") return undefined;
      const end = await Promise.race([told, over, ...(claim === "has not begun" ? [delay(intervals.last)] : [])]);
      if (end) return end;
    }
  }

  async #begin(input: Buffer): Promise<number> {
    const more = input.length > 0 ? { "input-data": input.toString("base64") } : {};
    const words = { ...beginWords(this.#request, this.#token), ...more, "capture-output": true };
    try {
      return (await this.#guest.agent.use((agent) => agent.execute("guest-exec", words))).pid;
    } catch (cause) {
      throw new LodgeError({
        code: "instance_operation_failed",
        message: `The guest's agent did not begin "${this.#request.command[0]}" (${cause instanceof Error ? cause.message : String(cause)}); see whether it ran before you try again.`,
        cause,
      });
    }
  }

  /** What the agent says of its end; undefined when sshd has it from now on. */
  async #follow(pid: number): Promise<Ended | undefined> {
    const { met, ended } = this.#guest;
    const now: { client?: Client; over?: true } = {};
    const news = Promise.race([
      met.then((client) => void Object.assign(now, { client })),
      ended.then(() => void Object.assign(now, { over: true })),
    ]);
    let claimed = false;
    // The end is told once: an answer that comes when nobody waits for it, because sshd came first, must be kept.
    let told: Ended | undefined;
    let asking: Promise<Ended | undefined> | undefined;
    const ask = () => {
      asking ??= this.#ask(pid).finally(() => {
        asking = undefined;
      });
      asking.then(
        (end) => {
          told ??= end;
        },
        () => undefined,
      );
      return asking;
    };
    for (let pause = intervals.first; ; pause = Math.min(pause * intervals.growth, intervals.last)) {
      await (now.client ? delay(pause) : Promise.race([delay(pause), news]));
      if (now.over) return killed;
      if (now.client && !claimed) {
        const claim = await this.#claim(now.client);
        if (claim === "sshd has it") return undefined;
        claimed = claim === "has ended";
      }
      const end = told ?? (await (now.client ? ask() : Promise.race([ask(), news])));
      if (end) return end;
    }
  }

  /** An agent that does not answer now may do so later; one that refuses has lost it. */
  async #ask(pid: number): Promise<Ended | undefined> {
    const asked = this.#guest.agent.use((agent) => agent.execute("guest-exec-status", { pid }));
    const answer = await asked.catch((cause: unknown) => {
      if (cause instanceof QmpError) throw this.#lost(cause);
    });
    if (!answer?.exited) return undefined;
    const bytes = (data: string | undefined) => Buffer.from(data ?? "", "base64");
    return {
      status: answer.exitcode ?? 128 + (answer.signal ?? constants.signals.SIGKILL),
      stdout: bytes(answer["out-data"]),
      stderr: bytes(answer["err-data"]),
    };
  }

  #lost(cause: unknown): LodgeError {
    const words = cause instanceof Error ? cause.message : String(cause);
    return new LodgeError({
      code: "instance_operation_failed",
      message: `The guest does not tell any more how "${this.#request.command[0]}" ended (${words}); see what it did before you try again.`,
      cause,
    });
  }

  async #claim(client: Client): Promise<"sshd has it" | "has not begun" | "has ended"> {
    const status = await statusOf(client, claimCommand(this.#token));
    if (status === 0) return "sshd has it";
    return status === 2 ? "has not begun" : "has ended";
  }

  #attach(client: Client): Promise<ExecSession> {
    return openExec(client, attachCommand(this.#token), (channel) => followExec(client, channel, this.#token));
  }

  #tell({ status, stdout, stderr }: Ended): number {
    this.stdout.end(stdout);
    this.stderr.end(stderr);
    return status;
  }

  #hand(session: ExecSession): Promise<number> {
    this.#session.resolve(session);
    session.stdin.on("error", () => undefined);
    session.stdout.pipe(this.stdout);
    session.stderr?.pipe(this.stderr);
    return session.exit;
  }

  #endOutput(): void {
    this.stdout.end();
    this.stderr.end();
  }
}

const killed: Ended = { status: 128 + constants.signals.SIGKILL, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };

/** How a command ended about which nothing else is of interest. */
async function statusOf(client: Client, command: string): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  await openExec(client, command, (channel) => {
    channel.resume().stderr.resume();
    channel.once("exit", (code: number | null) => resolve(code ?? undefined));
    channel.once("close", () => resolve(undefined));
  });
  return promise;
}
