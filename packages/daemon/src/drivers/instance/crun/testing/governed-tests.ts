/** How a container's memory is moved, on real crun. */
import { join } from "node:path";
import type { InstanceId } from "@lodge/core";
import { describeGovernedMemory } from "@lodge/core/testing";
import { createBench, mountRoot, newDriver, specOf, unmountRoot } from "./bench.ts";

/** `tiny`: the smallest root file system. */
export function describeGovernedContainers(directory: string, tiny: string): void {
  const running = "c0ffee03" as InstanceId;
  const stopped = "c0ffee04" as InstanceId;
  describeGovernedMemory("the crun driver", async () => {
    const bench = await createBench(directory);
    const root = join(directory, "root");
    const spec = specOf(running, await mountRoot(root, tiny, false), { "limits.memory": "512MiB" });
    await bench.driver.prepare(spec);
    await bench.driver.start(spec, new AbortController().signal);
    const { driver } = bench;
    return {
      ...{ driver, running, stopped },
      async next() {
        const next = newDriver(bench);
        await next.reconcile([spec]);
        bench.driver[Symbol.dispose]();
        bench.driver = next;
        return next;
      },
      async close() {
        await bench.driver.release(running);
        await bench.driver.forget(running);
        bench.driver[Symbol.dispose]();
        await unmountRoot(root);
        await bench.cgroups.removeAll();
      },
    };
  });
}
