/** What a container's /proc says, with a real lxcfs and when that has gone. */
import { join } from "node:path";
import type { InstanceId, InstanceSpec } from "@lodge/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isMounted } from "../../../../system/mounts.ts";
import { isAlive, signalProcess } from "../../../../system/process.ts";
import { listProcesses } from "../../../../system/process-list.ts";
import { type Bench, createBench, eventually, execute, mountRoot, newDriver, specOf, unmountRoot } from "./bench.ts";

/** `tiny`: the smallest root file system. */
export function describeProcView(directory: string, tiny: string): void {
  const id = "c0ffee05" as InstanceId;
  const served = join(directory, "run", "lxcfs");
  let bench: Bench;
  let spec: InstanceSpec;

  const lxcfs = async () => (await listProcesses()).filter(({ command }) => command.includes(served));
  const shell = async (script: string) => (await execute(bench.driver, id, ["sh", "-c", script])).stdout;
  const mebibytes = async () => Number(/MemTotal: +(\d+) kB/.exec(await shell("cat /proc/meminfo"))?.[1]) / 1024;
  const start = async () => {
    await bench.driver.prepare(spec);
    await bench.driver.start(spec, new AbortController().signal);
  };

  describe("what a container's /proc says", () => {
    beforeEach(async () => {
      bench = await createBench(directory);
      const root = await mountRoot(join(directory, "root"), tiny, false);
      spec = specOf(id, root, { "limits.memory": "64MiB", "limits.cpu": "1" });
    });
    /** With its containers lxcfs goes. */
    afterEach(async () => {
      await bench.driver.release(id);
      await bench.driver.forget(id);
      await bench.driver.reconcile([]);
      bench.driver[Symbol.dispose]();
      expect(await lxcfs()).toEqual([]);
      expect(await isMounted(served)).toBe(false);
      await unmountRoot(join(directory, "root"));
      await bench.cgroups.removeAll();
    });

    test("is what it may have, also after that was changed, and with the next daemon", async () => {
      await start();
      expect(await mebibytes()).toBe(64);
      expect(await shell("grep -c ^processor /proc/cpuinfo")).toBe("1\n");
      expect(Number(await shell("cut -d. -f1 /proc/uptime"))).toBeLessThan(60);
      await bench.driver.setLimits({ ...spec, config: { ...spec.config, "limits.memory": "96MiB" } });
      expect(await mebibytes()).toBe(96);
      bench.driver[Symbol.dispose]();
      bench.driver = newDriver(bench);
      await bench.driver.reconcile([spec]);
      expect(await mebibytes()).toBe(96);
    });

    test("is the host's where containers run inside, which need a /proc of their own", async () => {
      spec = { ...spec, config: { ...spec.config, "security.nesting": "true" } };
      await start();
      expect(await mebibytes()).toBeGreaterThan(96);
    });

    test("is its own again in what starts after lxcfs has died", async () => {
      await start();
      const [server] = await lxcfs();
      if (!server) throw new Error("no lxcfs");
      await signalProcess(server, 9);
      await eventually("its end", async () => !(await isAlive(server)) || undefined);
      await bench.driver.kill(id);
      await bench.driver.release(id);
      await start();
      expect(await mebibytes()).toBe(64);
    });
  });
}
