import { execFileSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { ExecRequest, ExitReport, InstanceId, InstanceSpec } from "@lodge/core";
import { pino } from "pino";
import { expect, vi } from "vitest";
import { detectCgroups } from "../../../../system/cgroup-detect.ts";
import { CpuPlaces } from "../../../../system/cpus/cpu-places.ts";
import { LodgePaths } from "../../../../system/paths.ts";
import { createQemuDriver } from "../driver.ts";
import { tinyGuest } from "./tiny-guest.ts";

/** The driver on a real QEMU in a directory of its own, with the guest that tiny-guest.ts finds or builds. */
export async function createBench() {
  const root = mkdtempSync(join(tmpdir(), "lodge-qemu-"));
  chmodSync(root, 0o711);
  const paths = new LodgePaths(root);
  const cgroups = await detectCgroups(paths.tag);
  const guest = await tinyGuest(root, AbortSignal.timeout(300_000));
  const exits = new Map<string, ExitReport[]>();
  const readies: string[] = [];

  const log = pino({ level: process.env["LODGE_TEST_LOG"] ?? "silent" });
  const makeDriver = () =>
    createQemuDriver({
      ...{ paths, cgroups, cpus: new CpuPlaces({ cgroups, log }), log },
      events: {
        exited: (id, report) => void exits.set(id, [...(exits.get(id) ?? []), report]),
        ready: (id) => void readies.push(id),
      },
      accelerator: { verdict: async () => ({ accelerator: "tcg", reason: "test" }) },
      guestTrees: join(import.meta.dirname, "../../../../../../../images/guest"),
    });

  function makeSpec(more: Partial<Pick<InstanceSpec, "nics" | "devices" | "rootDisk" | "config">> = {}): InstanceSpec {
    const id = randomBytes(4).toString("hex") as InstanceId;
    const disk = join(root, `${id}.qcow2`);
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", guest.path, disk]);
    mkdirSync(join(root, `${id}.state`), { mode: 0o711 });
    return {
      id,
      uuid: randomUUID(),
      name: "vm-one",
      project: "default",
      ids: { base: 2_000_000_000, size: 65536, owner: 2_000_000_000 },
      nics: [],
      devices: [],
      rootDisk: { device: "root" },
      root: {
        kind: "disk",
        path: disk,
        format: "qcow2",
        overlays: 1,
        state: join(root, `${id}.state`),
        ...(guest.directBoot && { directBoot: guest.directBoot }),
      },
      ...more,
      config: { "limits.memory": "256MiB", ...more.config },
    };
  }

  return {
    root,
    paths,
    cgroups,
    guest,
    exits,
    readies,
    driver: makeDriver(),
    makeSpec,
    untilReady: (id: string) => vi.waitFor(() => expect(readies).toContain(id), { timeout: 120_000, interval: 50 }),
    untilExited: (id: string) => vi.waitFor(() => expect(exits.get(id)).toBeDefined(), { timeout: 60_000 }),
    /** What the next daemon does: another driver takes over all that runs. */
    async nextDriver(): Promise<void> {
      await this.driver[Symbol.asyncDispose]();
      this.driver = makeDriver();
    },
    /** Runs a script in a guest; output, errors and in brackets a status that is not 0. */
    async output(id: InstanceId, script: string, more: Partial<ExecRequest> = {}, input = ""): Promise<string> {
      const request = { command: ["/bin/sh", "-c", script], environment: {}, uid: 0, gid: 0, ...more };
      const session = await this.driver.exec(id, request);
      session.stdin.end(input);
      const [out, error, status] = await Promise.all([
        text(session.stdout),
        session.stderr ? text(session.stderr) : "",
        session.exit,
      ]);
      return `${out}${error}${status === 0 ? "" : `[${status}]`}`;
    },
    async end(id: InstanceId): Promise<void> {
      await this.driver.kill(id);
      await this.driver.release(id);
    },
    async close(): Promise<void> {
      await this.driver.reconcile([]);
      await this.driver[Symbol.asyncDispose]();
      await cgroups.removeAll();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export type Bench = Awaited<ReturnType<typeof createBench>>;
