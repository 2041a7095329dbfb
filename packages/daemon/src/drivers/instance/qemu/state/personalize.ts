import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { InstanceIdentity } from "@lodge/core";
import { callRun } from "../guest/early-command.ts";
import { openExec } from "../guest/exec.ts";
import { quoteWord } from "../guest/exec-command.ts";
import { renewal } from "../guest/renew-sshd.ts";
import { runByAgent } from "../guest/run-by-agent.ts";
import type { ForkGrowth } from "../run-directory.ts";
import { newSshKey } from "../ssh-key.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { listen } from "./call-port.ts";

/** Milliseconds for all that the script does; emulated guests on a busy host are slow. */
const patience = 120_000;

/** What a fork is to become. */
export interface Personality {
  readonly identity: Pick<InstanceIdentity, "name" | "uuid">;
  /** An OpenSSH public key. */
  readonly sshKey: string;
  /** Of each nic, the address that the guest has it under, and its own. */
  readonly macs: readonly { readonly was: string; readonly is: string }[];
  /** A disk with data for cloud-init has come with the fork. */
  readonly cloudInit: boolean;
  /** What the machine that it was forked from had been made ready with. */
  readonly prepared?: string;
  /** What it is to take into use beyond what it was forked with, or to give back of that. */
  readonly growth?: ForkGrowth;
}

/** The script by which guests become themselves. */
export class Personalization {
  readonly #file: string;
  /** For forks that are larger than what they were forked from; comes before the other. */
  readonly #growFile: string;

  /** `guestTrees`: the folder of the image definitions' guest trees. */
  constructor(guestTrees: string) {
    this.#file = join(guestTrees, "fork", "personalize");
    this.#growFile = join(guestTrees, "fork", "grow");
  }

  /** Makes a guest ready from which many forks are to begin. Returns with what. */
  async prepare(vm: VirtualMachine): Promise<string> {
    const script = await this.#prepared();
    const path = placeOf(script);
    const folder = quoteWord(path.slice(0, path.lastIndexOf("/")));
    const place = `mkdir -p ${folder} && chmod 0700 ${folder} && cat >${path} && exec /bin/sh ${path} prepare`;
    const { promise, resolve } = Promise.withResolvers<number | null>();
    await openExec(await vm.reach(), `exec /bin/sh -c ${quoteWord(place)}`, (channel) => {
      channel.once("exit", resolve).once("close", () => resolve(null));
      channel.resume().stderr.resume();
      channel.end(script);
    });
    const status = await promise;
    if (status !== 0) throw new Error(`the guest was not made ready for its forks: status ${status}`);
    await listen(vm, path);
    return path;
  }

  /** Has a guest that was made ready take into use what its machine has got, so that its forks need not. */
  async enlarge(vm: VirtualMachine, growth: ForkGrowth): Promise<void> {
    const script = `${await readFile(this.#growFile, "utf8")}\ntake_memory\nscale >/dev/null 2>&1`;
    const program = { path: "/bin/sh", env: sizes(growth), arg: ["-s"] };
    const input = { "input-data": Buffer.from(script).toString("base64") };
    await runByAgent(vm.agent, { ...program, ...input }, AbortSignal.timeout(patience));
  }

  /** Tells the guest of a fork what it is now: what waits in it for that, or its agent. */
  async tell(vm: VirtualMachine, personality: Personality, signal: AbortSignal): Promise<void> {
    const { name } = personality.identity;
    const bound = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    const words = environment(personality);
    try {
      const listens = vm.record.machine?.call && personality.prepared === placeOf(await this.#prepared());
      if (listens) await (await vm.call(bound)).become(words, bound);
      else await this.#tellAgent(vm, words, personality.growth !== undefined, bound);
    } catch (error) {
      signal.throwIfAborted();
      const said = error instanceof Error ? error.message : String(error);
      throw new LodgeError({
        code: "instance_start_failed",
        message: `The guest of ${name} could not be made a machine of its own: ${said}`,
        cause: error,
      });
    }
  }

  async #tellAgent(vm: VirtualMachine, env: readonly string[], grows: boolean, signal: AbortSignal): Promise<void> {
    const told = `${grows ? await readFile(this.#growFile, "utf8") : ""}${await readFile(this.#file, "utf8")}`;
    const program = { path: "/bin/sh", env, arg: ["-s"], "input-data": Buffer.from(told).toString("base64") };
    await runByAgent(vm.agent, program, signal);
  }

  /** All that a guest needs that waits: it takes everything in before it is forked. */
  async #prepared(): Promise<string> {
    const [grow, script] = await Promise.all([this.#growFile, this.#file].map((file) => readFile(file, "utf8")));
    return `${grow}${callRun}${renewal}${script}`;
  }
}

/** Where a guest has the script that was made ready; another version of it is elsewhere. */
function placeOf(script: string): string {
  return `/var/lib/lodge/personalize-${createHash("sha256").update(script).digest("hex").slice(0, 16)}`;
}

function environment({ identity, sshKey, macs, cloudInit, growth }: Personality): string[] {
  const hostKey = newSshKey();
  const now = Date.now();
  return [
    `LODGE_NAME=${identity.name}`,
    `LODGE_MACHINE_ID=${identity.uuid.replaceAll("-", "")}`,
    `LODGE_SSH_KEY=${sshKey}`,
    `LODGE_HOST_KEY=${hostKey.privateKey.trim()}`,
    `LODGE_HOST_PUBLIC_KEY=${hostKey.publicKey}`,
    `LODGE_TIME=${Math.floor(now / 1000)} ${(now % 1000) * 1_000_000}`,
    `LODGE_SEED=${randomBytes(64).toString("base64")}`,
    `LODGE_CLOUD_INIT=${cloudInit ? 1 : 0}`,
    `LODGE_MACS=${macs.map(({ was, is }) => `${was}=${is}`).join(" ")}`,
    ...(growth ? sizes(growth) : []),
  ];
}

function sizes({ started, has, wanted, cpus = started.cpus + wanted.cpus }: ForkGrowth): string[] {
  return [
    ...[`LODGE_CPUS=${cpus}`, `LODGE_MEMORY=${started.memory}`],
    ...[`LODGE_MEMORY_MORE=${wanted.memory}`, `LODGE_MEMORY_NEW=${wanted.memory - has.memory}`],
  ];
}
