/** What a container must do, on real crun and conmon. */
import { readdirSync, readFileSync } from "node:fs";
import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { ExitReport, GuestFiles, InstanceId, InstanceSpec } from "@lodge/core";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listMounts } from "../../../../system/mounts.ts";
import { findProcess } from "../../../../system/process.ts";
import { type Bench, createBench, eventually, execute, mountRoot, newDriver, specOf, unmountRoot } from "./bench.ts";
import { describeDevices } from "./device-tests.ts";
import { describeGovernedContainers } from "./governed-tests.ts";
import { describeProcView } from "./proc-view-tests.ts";
import { makeTinyRoot, unpackArchive } from "./root-file-system.ts";

/** The tests, for a process inside the mount namespace of this directory. */
export function describeContainers(directory: string, archive: string): void {
  beforeAll(async () => {
    await unpackArchive(archive, join(directory, "debian"));
    await makeTinyRoot(join(directory, "debian"), join(directory, "tiny"));
  });
  describe("a container", () => {
    containerTests(directory);
  });
  describeDevices(directory, join(directory, "tiny"));
  describeGovernedContainers(directory, join(directory, "tiny"));
  describeProcView(directory, join(directory, "tiny"));
}

function containerTests(directory: string): void {
  const id = "c0ffee01" as InstanceId;
  const signal = new AbortController().signal;
  let bench: Bench;
  let spec: InstanceSpec;

  async function begin(layer: "tiny" | "debian", config: Record<string, string> = {}): Promise<void> {
    bench = await createBench(directory);
    const privileged = config["security.privileged"] === "true";
    spec = specOf(id, await mountRoot(join(directory, "root"), join(directory, layer), privileged), config);
  }

  async function start(): Promise<void> {
    await bench.driver.prepare(spec);
    await bench.driver.start(spec, signal);
  }

  function restartDaemon(): void {
    bench.driver[Symbol.dispose]();
    bench.driver = newDriver(bench);
  }

  const exited = (): Promise<ExitReport> => eventually("the end of the container", () => bench.exits[0]?.report);
  const run = (command: string[], options = {}) => execute(bench.driver, id, command, options);
  const shell = (script: string, options = {}) => run(["sh", "-c", script], options);
  const pid = async () => (await bench.driver.observe(id)).pid;

  /** Whatever a test did: nothing of a run is left after its release. */
  afterEach(async () => {
    await bench.driver.release(id);
    await bench.driver.release(id);
    // What serves all containers ends with them.
    await bench.driver.reconcile([]);
    expect(await bench.cgroups.list()).toEqual([]);
    expect((await listMounts(directory)).map((mount) => mount.target).filter((path) => path.includes(id))).toEqual([]);
    expect(readdirSync(join(directory, "run"))).not.toContain(id);
    expect(readdirSync(join(directory, "run/exits"))).toEqual([]);
    expect(processesNaming(join(directory, "run"))).toEqual([]);
    await bench.driver.forget(id);
    expect(readdirSync(join(directory, "instances"))).toEqual([]);
    bench.driver[Symbol.dispose]();
    await unmountRoot(join(directory, "root"));
    await bench.cgroups.removeAll();
  });

  describe("of the smallest system", () => {
    beforeEach(() => begin("tiny"));

    test("starts unprivileged, is seen and killed, and its end is told once", async () => {
      expect(await bench.driver.observe(id)).toMatchObject({ status: "Stopped", pid: 0 });
      await start();
      expect(bench.ready).toEqual([id]);
      const seen = await bench.driver.observe(id);
      expect(seen).toMatchObject({ status: "Running", ready: true });
      expect(seen.memoryBytes).toBeGreaterThan(0);
      expect(await readFile(`/proc/${seen.pid}/uid_map`, "utf8")).toMatch(/^\s+0 1900000000\s+65536\n$/);
      await eventually("boot", async () => (await bench.driver.consoleLog(id)).includes("booted\r\n") || undefined);
      await bench.driver.kill(id);
      await bench.driver.kill(id);
      expect(bench.exits).toEqual([{ id, report: expect.objectContaining({ reason: "killed", status: 137 }) }]);
      expect(await bench.driver.observe(id)).toMatchObject({ status: "Stopped", pid: 0 });
    });

    test("executes commands without a terminal", async () => {
      await start();
      expect(await shell("cat; echo err >&2; exit 7", { input: "in" })).toEqual({
        status: 7,
        stdout: "in",
        stderr: "err\n",
      });
      expect(await shell("echo a >/dev/stdout; echo b >/dev/stderr")).toEqual({
        status: 0,
        stdout: "a\n",
        stderr: "b\n",
      });
      expect(await shell("echo c >/dev/stdout", { uid: 1000, gid: 1000 })).toMatchObject({ status: 0, stdout: "c\n" });
      expect(
        (await shell("id -u; id -g; pwd; echo $USER $HOME $X", { uid: 1000, gid: 1000, environment: { X: "y" } }))
          .stdout,
      ).toBe("1000\n1000\n/var/empty\nuser /var/empty y\n");
      expect((await shell("pwd; echo $HOME $LANG", { cwd: "/etc" })).stdout).toBe("/etc\n/root C.UTF-8\n");
      expect((await run(["nosuch"])).status).toBe(127);
      expect((await run(["/nosuch"])).status).toBe(127);
      expect((await run(["/etc/passwd"])).status).toBe(126);
      expect((await run(["/etc"])).status).toBe(126);
      expect((await shell("kill -TERM $$")).status).toBe(143);
      await expect(run(["true"], { cwd: "/nosuch" })).rejects.toMatchObject({ code: "file_not_found" });
      const long = "x".repeat(1 << 20);
      expect((await run(["cat"], { input: long })).stdout.length).toBe(long.length);
    });

    test("executes commands in a terminal: size, resize, keys, hang-up", async () => {
      await start();
      const session = await bench.driver.exec(id, {
        command: [
          "sh",
          "-c",
          "tty; until stty size | grep ' '; do :; done 2>/dev/null; read x; stty size; echo $TERM $x; exit 5",
        ],
        environment: {},
        uid: 0,
        gid: 0,
        terminal: { columns: 100, rows: 30 },
      });
      let output = "";
      session.stdout.on("data", (chunk) => {
        output += chunk;
      });
      await eventually("the first size", () => output.includes("30 100\r\n") || undefined);
      session.resize(120, 40);
      session.stdin.write("typed\n");
      expect(await session.exit).toBe(5);
      // The kernel hands on what a terminal shows when it has time.
      await eventually("the last of it", () => output.includes("xterm-256color typed\r\n") || undefined);
      expect(output).toBe("/dev/pts/1\r\n30 100\r\ntyped\r\n40 120\r\nxterm-256color typed\r\n");
      session.close();
      expect(await run(["nosuch"], { terminal: { columns: 80, rows: 24 } })).toMatchObject({ status: 127 });
    });

    test("passes signals on and ends what a closed session ran", async () => {
      await start();
      const request = { command: ["sleep", "1000"], environment: {}, uid: 0, gid: 0 };
      const terminal = { columns: 80, rows: 24 };
      const plain = await bench.driver.exec(id, request);
      plain.signal(15);
      expect(await plain.exit).toBe(143);
      const interrupted = await bench.driver.exec(id, {
        ...request,
        command: ["sh", "-c", "sleep 1000; echo no"],
        terminal,
      });
      await eventually("sleep", async () => (await bench.driver.observe(id)).processes > 3 || undefined);
      interrupted.signal(2);
      expect(await interrupted.exit).toBe(130);
      for (const session of [
        await bench.driver.exec(id, request),
        await bench.driver.exec(id, { ...request, terminal }),
      ]) {
        session.close();
        session.close();
        expect(await session.exit).toBe(137);
      }
      expect(readdirSync(join(bench.paths.run(id), "exec"))).toEqual([]);
    });

    test("serves its console to several sessions, and keeps what it printed", async () => {
      await writeFile(join(spec.root.path, "etc/inittab"), "::sysinit:/etc/boot\nconsole::respawn:-/bin/sh\n");
      await start();
      await eventually("boot", async () => (await bench.driver.consoleLog(id)).includes("booted") || undefined);
      for (const answer of ["one", "two"]) {
        const session = await bench.driver.console(id);
        let output = "";
        session.stream.on("data", (chunk) => {
          output += chunk;
        });
        session.resize(91, 37);
        await eventually("the size", async () => {
          session.stream.write("stty size\n");
          return output.includes("37 91") || undefined;
        });
        session.stream.write(`echo "$((1+1))${answer}"\n`);
        await eventually("the answer", () => output.includes(`2${answer}\r\n`) || undefined);
        session.close();
        await eventually(
          "the log",
          async () => (await bench.driver.consoleLog(id)).includes(`2${answer}\r\n`) || undefined,
        );
        // What the next session prints follows on that.
        await bench.driver.clearConsoleLog(id);
        expect((await bench.driver.consoleLog(id)).includes(`2${answer}`)).toBe(false);
      }
    });

    test("a login program has its console for itself, with the keys that end programs", async () => {
      await writeFile(
        join(spec.root.path, "etc/inittab"),
        "::sysinit:/etc/boot\nconsole::respawn:/sbin/getty -n -l /bin/sh 0 console vt100\n",
      );
      await symlink("../bin/busybox", join(spec.root.path, "sbin/getty"));
      await start();
      const session = await bench.driver.console(id);
      let output = "";
      session.stream.on("data", (chunk) => {
        output += chunk;
      });
      await eventually("the shell", () => {
        session.stream.write("\n");
        return output.includes("# ") || undefined;
      });
      session.stream.write("sleep 1000\n");
      await eventually("sleep", async () => (await shell("ps")).stdout.includes("sleep 1000") || undefined);
      session.stream.write("\u0003");
      session.stream.write("echo $((40+2))\n");
      await eventually("the answer", () => output.includes("42\r\n") || undefined);
      expect(output).not.toContain("TIOCSCTTY");
      expect(output).not.toContain("job control");
      session.close();
    });

    test("pauses and goes on", async () => {
      await start();
      await bench.driver.pause(id);
      expect(await bench.driver.observe(id)).toMatchObject({ status: "Frozen", ready: false });
      await expect(run(["true"])).rejects.toMatchObject({ code: "instance_not_ready" });
      await bench.driver.resume(id);
      expect(await bench.driver.observe(id)).toMatchObject({ status: "Running", ready: true });
      expect((await run(["true"])).status).toBe(0);
      await bench.driver.pause(id);
      await bench.driver.kill(id);
      expect(await exited()).toMatchObject({ reason: "killed" });
    });

    test("is frozen while its root is read, and to the user it runs", async () => {
      await start();
      const command: { done: boolean } = { done: false };
      await bench.driver.liveRoot(id).still(async () => {
        expect(await bench.cgroups.frozen(id)).toBe(true);
        expect(await bench.driver.observe(id)).toMatchObject({ status: "Running" });
        void run(["true"]).then(() => {
          command.done = true;
        });
        await new Promise(setImmediate);
        expect(command.done).toBe(false);
      });
      await eventually("the command", () => command.done || undefined);
      await bench.driver.pause(id);
      await bench.driver.liveRoot(id).still(async () => undefined);
      expect(await bench.driver.observe(id)).toMatchObject({ status: "Frozen" });
    });

    test("is thawed by the next daemon when this one dies while it reads the root", async () => {
      await start();
      const reached = Promise.withResolvers<void>();
      void bench.driver.liveRoot(id).still(() => new Promise(() => reached.resolve()));
      await reached.promise;
      restartDaemon();
      await bench.driver.reconcile([spec]);
      expect(await bench.driver.observe(id)).toMatchObject({ status: "Running", ready: true });
      expect((await run(["true"])).status).toBe(0);
    });

    test("powers off when asked to, and says when it wants to start again", async () => {
      await start();
      await bench.driver.shutdown(id);
      expect(await exited()).toMatchObject({ reason: "shutdown", status: 130 });
      await bench.driver.release(id);
      bench.exits.length = 0;
      await start();
      await shell("reboot");
      expect(await exited()).toMatchObject({ reason: "reboot", status: 129 });
    });

    test("tells a crash with the console's last lines", async () => {
      await rm(join(spec.root.path, "sbin/init"));
      await writeFile(join(spec.root.path, "sbin/init"), "#!/bin/sh\necho the disk is on fire\nexit 3\n", {
        mode: 0o755,
      });
      await start();
      expect(await exited()).toMatchObject({
        reason: "crash",
        status: 3,
        detail: expect.stringContaining("the disk is on fire"),
      });
      expect(bench.exits.length).toBe(1);
    });

    test("a start that fails says why", async () => {
      await rm(join(spec.root.path, "sbin/init"));
      await bench.driver.prepare(spec);
      await expect(bench.driver.start(spec, signal)).rejects.toMatchObject({
        code: "instance_start_failed",
        message: expect.stringContaining("/sbin/init"),
      });
      expect(bench.exits).toEqual([]);
    });

    test("the next daemon finds it again", async () => {
      await start();
      const [before, held] = [
        await pid(),
        await bench.driver.exec(id, { command: ["sleep", "999"], environment: {}, uid: 0, gid: 0 }),
      ];
      await eventually("sleep", async () => (await bench.driver.observe(id)).processes > 2 || undefined);
      restartDaemon();
      await bench.driver.reconcile([spec]);
      expect(await pid()).toBe(before);
      expect(await held.exit).toBe(137);
      expect((await run(["echo", "still here"])).stdout).toBe("still here\n");
      expect(bench.exits).toEqual([]);
      await bench.driver.kill(id);
      expect(bench.exits.length).toBe(1);
    });

    test("the next daemon tells what ended meanwhile, and ends what it does not know", async () => {
      await start();
      bench.driver[Symbol.dispose]();
      const { pid: init } = await bench.driver.observe(id);
      process.kill(init, "SIGKILL");
      restartDaemon();
      await eventually(
        "the end",
        async () => (await readFile(join(directory, "run/exits", id)).catch(() => undefined)) && true,
      );
      await bench.driver.reconcile([spec]);
      expect(await exited()).toMatchObject({ reason: "crash", status: 137 });
      await bench.driver.release(id);
      await start();
      const unknown = await pid();
      restartDaemon();
      await bench.driver.reconcile([]);
      expect(await findProcess(unknown)).toBeUndefined();
      expect(bench.exits.length).toBe(1);
    });

    test("its end is seen without its monitor", async () => {
      await start();
      process.kill(Number(readFileSync(join(bench.paths.run(id), "conmon.pid"), "utf8")), "SIGKILL");
      await bench.driver.kill(id);
      expect(await exited()).toMatchObject({ reason: "killed" });
    });

    test("gives access to its files, running and stopped, and to no others", async () => {
      const stopped = await bench.driver.files(spec, spec.root);
      await useFiles(stopped, "/root/stopped");
      await stopped.close();
      await start();
      await eventually("boot", async () => (await bench.driver.consoleLog(id)).includes("booted") || undefined);
      const files = await bench.driver.files(spec, spec.root);
      await useFiles(files, "/tmp/running");
      expect((await shell("stat -c %u:%g:%a /tmp/running/file; cat /tmp/running/file")).stdout).toBe(
        "1000:1001:4750\nhello world",
      );
      await shell(
        "ln -s /etc/shadow /root/absolute; ln -s ../../../../etc/shadow /root/relative; mkfifo /root/fifo; ln -s /proc/1/root/etc /root/magic",
      );
      await shell("echo inside >/etc/shadow");
      for (const path of ["/root/absolute", "/root/relative", "/../../etc/shadow"]) {
        expect(await text(await files.read(path))).toBe("inside\n");
      }
      for (const path of [
        "/root/fifo",
        "/dev/null",
        "/dev/console",
        "/proc/version",
        "/sys/kernel/mm/transparent_hugepage/enabled",
        "/etc",
        "etc",
      ]) {
        await expect(files.read(path)).rejects.toMatchObject({ code: "file_invalid" });
      }
      await expect(files.read("/root/magic/passwd")).rejects.toMatchObject({ code: "file_invalid" });
      await expect(files.write("/root/fifo", Readable.from(["x"]), {})).rejects.toMatchObject({ code: "file_invalid" });
      await expect(files.makeDirectory("/sys/x", {})).rejects.toMatchObject({ code: "file_invalid" });
      await expect(files.read("/nosuch")).rejects.toMatchObject({ code: "file_not_found" });
      await files.close();
    });
  });

  test("has the limits of its configuration", async () => {
    await begin("tiny", { "limits.memory": "64MiB", "limits.processes": "20", "limits.cpu": "1" });
    await start();
    expect(await bench.driver.observe(id)).toMatchObject({ memoryTotalBytes: 64 * 2 ** 20 });
    const { stderr } = await shell("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21; do sleep 5 & done");
    expect(stderr).toContain("fork");
  });

  test("may be privileged when it is said so", async () => {
    await begin("tiny", { "security.privileged": "true" });
    await start();
    expect(await readFile(`/proc/${await pid()}/uid_map`, "utf8")).toMatch(/^\s+0\s+0\s/);
    expect((await run(["id", "-u"])).stdout).toBe("0\n");
  });

  test("of Debian runs its systemd to the end of the boot with no failed unit, and powers off", async () => {
    await begin("debian");
    await start();
    const state = () => run(["systemctl", "is-system-running"]);
    await eventually("boot", async () => /running|degraded|maintenance/.test((await state()).stdout) || undefined);
    const failed = await run(["systemctl", "--failed", "--no-legend", "--plain"]);
    expect(await state(), failed.stdout).toMatchObject({ stdout: "running\n", status: 0 });
    expect((await run(["hostname"])).stdout).toBe("web\n");
    await bench.driver.shutdown(id);
    expect(await exited()).toMatchObject({ reason: "shutdown" });
  });

  async function useFiles(files: GuestFiles, place: string): Promise<void> {
    await files.makeDirectory(place, { mode: 0o711 });
    await files.makeDirectory(place, {});
    expect(await files.stat(place)).toMatchObject({ type: "directory", uid: 0, gid: 0, mode: 0o711 });
    await files.write(`${place}/file`, Readable.from(["hello"]), {});
    expect(await files.stat(`${place}/file`)).toEqual({ type: "file", uid: 0, gid: 0, mode: 0o644, size: 5 });
    await files.write(`${place}/file`, Readable.from([" world"]), { uid: 1000, gid: 1001, mode: 0o4750 }, true);
    expect(await text(await files.read(`${place}/file`))).toBe("hello world");
    await files.makeSymlink(`${place}/link`, "file", { uid: 5 });
    expect(await files.stat(`${place}/link`)).toMatchObject({ type: "symlink", uid: 5, target: "file" });
    expect(await text(await files.read(`${place}/link`))).toBe("hello world");
    expect(await files.list(place)).toEqual(["file", "link"]);
    expect((await files.entries(place)).map(({ name, type }) => [name, type])).toEqual([
      ["file", "file"],
      ["link", "symlink"],
    ]);
    await files.rename(`${place}/file`, `${place}/other`);
    await expect(files.rename(`${place}/other`, `${place}/link`)).rejects.toMatchObject({ code: "file_invalid" });
    await files.rename(`${place}/other`, `${place}/file`);
    await expect(files.remove(place)).rejects.toMatchObject({ code: "file_invalid" });
    await files.remove(`${place}/link`);
    expect(await files.stat(`${place}/file`)).toEqual({ type: "file", uid: 1000, gid: 1001, mode: 0o4750, size: 11 });
    // A host's file that a link would lead to.
    await symlink(join(directory, "host-secret"), join(spec.root.path, "root/leak")).catch(() => undefined);
    await writeFile(join(directory, "host-secret"), "secret");
    await expect(files.read("/root/leak")).rejects.toMatchObject({ code: "file_not_found" });
  }
}

/** Command lines that name a directory. */
function processesNaming(directory: string): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const lines = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      return "";
    }
  });
  return lines.filter((line) => line.includes(directory));
}
