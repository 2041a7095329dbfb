import { writeFile } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import { until } from "../../../system/cgroup-tree.ts";
import type { Cgroups } from "../../../system/cgroups.ts";
import { isAlive, signalProcess } from "../../../system/process.ts";
import type { Run } from "./run.ts";
import type { Runs } from "./runs.ts";

const SIGKILL = 9;
/** Milliseconds for the processes of a killed container to vanish. */
const killBound = 20_000;

/** Ends a container and returns when that was reported. */
export async function killContainer(run: Run, runs: Runs, cgroups: Cgroups): Promise<void> {
  if (!run.over) {
    await writeFile(run.paths.killed, "");
    // With init all of its pid namespace ends, frozen processes once they are thawed.
    await signalProcess(run.record.init, SIGKILL);
    await cgroups.thaw(run.id);
    await runs.look(run);
  }
  await withinBound(run);
}

/** conmon and the `crun exec` processes end by themselves after the container; conmon is helped along. */
export async function endWatchers(run: Run): Promise<void> {
  await signalProcess(run.record.monitor, SIGKILL);
  await until("the monitor's end", killBound, async () => !(await isAlive(run.record.monitor)));
  await run.executionsEnded();
  await run.filesClosed();
}

async function withinBound({ id, ended }: Run): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new LodgeError({
            code: "instance_operation_failed",
            message: `The container ${id} did not end within ${killBound / 1000} s after SIGKILL: the kernel holds one of its processes.`,
          }),
        ),
      killBound,
    );
  });
  await Promise.race([ended, late]).finally(() => clearTimeout(timer));
}
