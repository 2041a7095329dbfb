import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Cgroups } from "../../../../system/cgroups.ts";
import { run } from "../../../../system/run.ts";
import { socketPair } from "../../../../system/socket-pair.ts";
import { Descriptors } from "../descriptors.ts";
import { launch } from "../launch.ts";
import { swtpmArguments } from "./arguments.ts";

/** Where an instance's TPM is to run. */
export interface TpmPlace {
  readonly id: string;
  readonly uid: number;
  /** What the machine keeps beside its disk. */
  readonly state: string;
  /** Descriptor of its log; the caller closes it. */
  readonly log: number;
}

const program = "swtpm";

/** The control group of an instance's TPM, below that of the instance: it ends with it. */
export const tpmGroup = (id: string): string => `${id}/tpm`;

/**
 * Starts a TPM as the instance's user and returns QEMU's end of the connection to it, which the caller closes. They are connected from the
 * beginning and have no address: nobody else can reach it, and it ends by itself when QEMU is gone.
 */
export async function startTpm({ id, uid, state, log }: TpmPlace, cgroups: Cgroups): Promise<number> {
  // Says which package is missing.
  await run(program, ["--version"], { code: "instance_start_failed" });
  const directory = join(state, "tpm");
  await mkdir(directory, { recursive: true });
  await chown(directory, uid, uid);
  await chmod(directory, 0o700);
  await cgroups.create(tpmGroup(id), {});
  const [ours, its] = socketPair();
  using open = new Descriptors();
  const control = open.pass(its);
  const args = swtpmArguments({ directory, control, log: open.lend(log) });
  const as = { kind: "user", uid, groups: [] } as const;
  const request = { program, args, as, log, descriptors: open.passed };
  await launch(request, (pid) => cgroups.add(tpmGroup(id), pid));
  return ours;
}
