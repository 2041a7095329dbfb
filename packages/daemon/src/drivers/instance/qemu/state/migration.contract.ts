/** A state that leaves a real QEMU, however slow the daemon is. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { QmpClient, QmpEvent } from "@lodge/qmp";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connectMonitor } from "../monitor.ts";
import { type Departure, sendState, setCapabilities, streamName } from "./migration.ts";

const never = new AbortController().signal;
let root: string;
let machine: ChildProcess;
let qmp: QmpClient;
let stream: FileHandle;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "migration-"));
  const socket = join(root, "qmp");
  const small = ["-machine", "q35", "-accel", "tcg", "-m", "32M", "-nodefaults", "-display", "none"];
  machine = spawn("qemu-system-x86_64", [...small, "-qmp", `unix:${socket},server=on,wait=off`], { stdio: "ignore" });
  qmp = await vi.waitFor(() => connectMonitor({ path: socket, timeout: 30_000 }), 30_000);
  stream = await open(join(root, "stream"), "w");
  await setCapabilities(qmp, ["pause-before-switchover"]);
  await qmp.executeWithDescriptor(stream.fd, "getfd", { fdname: streamName });
});
afterEach(async () => {
  vi.restoreAllMocks();
  const ended = once(machine, "exit");
  machine.kill("SIGKILL");
  await ended;
  await stream.close();
  await rm(root, { recursive: true, force: true });
});

const status = async () => (await qmp.execute("query-status")).status;
const departure = (still: Departure["still"]): Departure => ({
  downtime: 50,
  passes: "one",
  still,
  progress: () => undefined,
});

/** Nothing is told to go on before QEMU is through with the memory: so slow is a daemon on a host that is busy. */
function beLate(): void {
  const { promise: through, resolve } = Promise.withResolvers<void>();
  qmp.on("event", ({ name, data }: QmpEvent) => {
    if (name === "MIGRATION" && data["status"] === "pre-switchover") resolve();
  });
  const execute = qmp.execute.bind(qmp);
  vi.spyOn(qmp, "execute").mockImplementation((async (...args: Parameters<typeof execute>) => {
    if (args[0] === "cont") await through;
    return execute(...args);
  }) as typeof execute);
}

for (const late of [false, true]) {
  test(`${late ? "late" : "in time"}: the machine stands still for its last, and goes on when all is out`, async () => {
    if (late) beLate();
    const seen: string[] = [];
    await sendState(
      qmp,
      departure(async () => void seen.push(await status())),
      never,
    );
    seen.push(await status());
    await qmp.execute("cont");
    expect([...seen, await status()]).toEqual(["finish-migrate", "postmigrate", "running"]);
    expect((await stream.stat()).size).toBeGreaterThan(0);
  });

  test(`${late ? "late" : "in time"}: what fails meanwhile is told, and nothing is under way any more`, async () => {
    if (late) beLate();
    const failing = async () => {
      throw new Error("no disk");
    };
    await expect(sendState(qmp, departure(failing), never)).rejects.toThrow("no disk");
    await qmp.execute("cont");
    expect(await status()).toBe("running");
  });
}
