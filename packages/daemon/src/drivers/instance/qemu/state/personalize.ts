import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LodgeError } from "@lodge/api/errors";
import type { InstanceIdentity } from "@lodge/core";
import { connectGuestAgent, type GuestAgent } from "@lodge/qmp";
import type { VirtualMachine } from "../virtual-machine.ts";

/** Milliseconds for the agent to answer, and for all that the script does; emulated guests on a busy host are slow. */
const patience = { answer: 60_000, script: 120_000 };
/** Milliseconds between questions whether it is through: the agent does not tell unasked. */
const interval = 10;

/** What a fork is to become. */
export interface Personality {
  readonly identity: Pick<InstanceIdentity, "name" | "uuid">;
  /** An OpenSSH public key. */
  readonly sshKey: string;
  /** Of each nic, the address that the guest has it under, and its own. */
  readonly macs: readonly { readonly was: string; readonly is: string }[];
}

/** Tells the guest of a fork by its agent what it is now. `guestTrees`: the folder of the image definitions' guest trees. */
export async function personalizeGuest(
  vm: VirtualMachine,
  personality: Personality,
  guestTrees: string,
  signal: AbortSignal,
): Promise<void> {
  const { name } = personality.identity;
  const script = await readFile(join(guestTrees, "fork", "personalize"));
  try {
    using agent = await connectGuestAgent({ path: vm.directory.agent, timeout: patience.answer });
    const { pid } = await agent.execute("guest-exec", {
      path: "/bin/sh",
      arg: ["-s"],
      env: environment(personality),
      "input-data": script.toString("base64"),
      "capture-output": true,
    });
    await untilDone(agent, pid, AbortSignal.any([signal, AbortSignal.timeout(patience.script)]));
  } catch (error) {
    signal.throwIfAborted();
    const words = error instanceof Error ? error.message : String(error);
    throw new LodgeError({
      code: "instance_start_failed",
      message: `The guest of ${name} could not be made a machine of its own: ${words}`,
      cause: error,
    });
  }
}

function environment({ identity, sshKey, macs }: Personality): string[] {
  return [
    `LODGE_NAME=${identity.name}`,
    `LODGE_MACHINE_ID=${identity.uuid.replaceAll("-", "")}`,
    `LODGE_SSH_KEY=${sshKey}`,
    `LODGE_TIME=${Math.round(Date.now() / 1000)}`,
    `LODGE_SEED=${randomBytes(64).toString("base64")}`,
    `LODGE_MACS=${macs.map(({ was, is }) => `${was}=${is}`).join(" ")}`,
  ];
}

async function untilDone(agent: GuestAgent, pid: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const status = await agent.execute("guest-exec-status", { pid });
    if (status.exited) {
      if (status.exitcode === 0) return;
      const said = Buffer.from(status["err-data"] ?? "", "base64")
        .toString("utf8")
        .trim();
      throw new Error(said.slice(-1_000) || `its status is ${status.exitcode ?? `signal ${status.signal}`}`);
    }
    await delay(interval, undefined, { signal });
  }
}
