/** The driver on a real QEMU, with the guest that testing/tiny-guest.ts finds or builds. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import type { KeyInput } from "@lodge/api";
import { type ExecRequest, type ExitReport, type InstanceId, type InstanceSpec, planKeys } from "@lodge/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Bench, createBench } from "./testing/bench.ts";
import { joinScreen } from "./testing/join-screen.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
}, 300_000);
afterAll(() => bench.close());

describe("a running machine", () => {
  let spec: InstanceSpec;
  let id: InstanceId;
  const shell = (script: string, more: Partial<ExecRequest> = {}) =>
    bench.driver.exec(id, { command: ["/bin/sh", "-c", script], environment: {}, uid: 0, gid: 0, ...more });

  const output = (script: string, more: Partial<ExecRequest> = {}, input = "") => bench.output(id, script, more, input);

  beforeAll(async () => {
    spec = bench.makeSpec();
    id = spec.id;
    await bench.driver.start(spec, AbortSignal.timeout(60_000));
    await expect(shell("true")).rejects.toMatchObject({ code: "instance_not_ready" });
    await bench.untilReady(id);
  });

  afterAll(async () => {
    await bench.driver.kill(id);
    await bench.driver.release(id);
  });

  test("is observed with its process, which is neither root's nor in the host's network", async () => {
    const seen = await bench.driver.observe(id);
    expect(seen).toMatchObject({ status: "Running", ready: true, vm: { accelerator: "tcg", boot: "direct" } });
    expect(seen.vm?.machine).toMatch(/^pc-q35-\d/);
    expect(seen.memoryBytes).toBeGreaterThan(2 ** 20);
    expect(seen.cpuNanoseconds).toBeGreaterThan(0);
    const status = readFileSync(`/proc/${seen.pid}/status`, "utf8");
    expect(status).toMatch(/^Uid:\t2000000000\t2000000000\t2000000000/m);
    expect(status).toMatch(/^Groups:\s*$/m);
    expect(status).toMatch(/^CapBnd:\t0{16}$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    const devices = readFileSync(`/proc/${seen.pid}/net/dev`, "utf8").trim().split("\n").slice(2);
    expect(devices).toHaveLength(1);
    expect(await bench.cgroups.processes(id)).toEqual([seen.pid]);
  });

  test("exec passes output, input, status, environment, directory and user", async () => {
    expect(await output("echo out; echo err >&2; exit 7")).toBe("out\nerr\n[7]");
    expect(await output("cat", {}, "some input")).toBe("some input");
    expect(await output('echo "$A|$HOME|$USER|$PWD"', { environment: { A: "a b'c\n$d" } })).toBe(
      "a b'c\n$d|/root|root|/root\n",
    );
    expect(await output("pwd; id -u; id -g", { cwd: "/etc", uid: 1000, gid: 1000 })).toBe("/etc\n1000\n1000\n");
    expect(await output("hostname")).toBe("vm-one\n");
    expect(await output("kill -TERM $$")).toBe("[143]");
    expect(await output("true", { cwd: "/nowhere" })).toContain("[126]");
  });

  test("exec tells not found from not executable", async () => {
    const run = (command: string[]) => bench.driver.exec(id, { command, environment: {}, uid: 0, gid: 0 });
    expect(await (await run(["no-such-command"])).exit).toBe(127);
    expect(await (await run(["/etc/passwd"])).exit).toBe(126);
    expect(await (await run(["/no=such/command"])).exit).toBe(127);
  });

  test("much data passes whole in both directions", async () => {
    const data = randomBytes(4 * 2 ** 20);
    const session = await shell("cat");
    session.stdin.end(data);
    expect((await buffer(session.stdout)).equals(data)).toBe(true);
    expect(await session.exit).toBe(0);
  });

  test("signals end a command and close kills it", async () => {
    const sleeper = await shell("sleep 1000 & wait");
    sleeper.signal(15);
    expect(await sleeper.exit).toBe(143);
    const stubborn = await shell("trap '' TERM; echo $$; sleep 1000");
    const pid = String(await new Promise((resolve) => stubborn.stdout.once("data", resolve))).trim();
    stubborn.close();
    expect(await stubborn.exit).toBe(137);
    expect(await output(`kill -0 ${pid} 2>/dev/null; echo $?`)).not.toBe("0\n");
  });

  test("a background process does not hold the command's streams for ever", async () => {
    expect(await output("sleep 1000 & echo done")).toBe("done\n");
  });

  test("a terminal has a size that changes", async () => {
    const session = await shell("stty size; read x; stty size; tty", { terminal: { columns: 91, rows: 17 } });
    let seen = "";
    session.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
    });
    await vi.waitFor(() => expect(seen).toContain("17 91"), { timeout: 20_000 });
    session.resize(120, 33);
    session.stdin.write("\n");
    expect(await session.exit).toBe(0);
    await vi.waitFor(() => expect(seen).toMatch(/33 120[\s\S]*\/dev\/pts/), { timeout: 30_000 });
    expect(seen).not.toContain("lodge-");
  });

  test("files are written, read, listed, described and removed", async () => {
    const files = await bench.driver.files(spec, spec.root);
    const data = randomBytes(300_000);
    await files.makeDirectory("/tmp/d", { mode: 0o700, uid: 1000, gid: 1000 });
    await files.write("/tmp/d/f", Readable.from([data]), { mode: 0o4751, uid: 1000 });
    await files.write("/tmp/d/g", Readable.from([Buffer.from("one")]), {});
    await files.write("/tmp/d/g", Readable.from([Buffer.from(" two")]), {}, true);
    await files.makeSymlink("/tmp/d/l", "f", { uid: 1000, gid: 1000 });
    expect(await files.list("/tmp/d")).toEqual(["f", "g", "l"]);
    await files.rename("/tmp/d/g", "/tmp/d/h");
    expect((await files.entries("/tmp/d")).map(({ name, type }) => [name, type])).toEqual([
      ["f", "file"],
      ["h", "file"],
      ["l", "symlink"],
    ]);
    await expect(files.rename("/tmp/d/h", "/tmp/d/f")).rejects.toMatchObject({ code: "file_invalid" });
    await files.rename("/tmp/d/h", "/tmp/d/g");
    expect(await files.stat("/tmp/d")).toMatchObject({ type: "directory", mode: 0o700, uid: 1000, gid: 1000 });
    expect(await files.stat("/tmp/d/f")).toEqual({ type: "file", mode: 0o4751, uid: 1000, gid: 0, size: 300_000 });
    expect(await files.stat("/tmp/d/g")).toMatchObject({ mode: 0o644, uid: 0, size: 7 });
    expect(await files.stat("/tmp/d/l")).toMatchObject({ type: "symlink", target: "f", uid: 1000, gid: 1000 });
    expect((await buffer(await files.read("/tmp/d/l"))).equals(data)).toBe(true);
    await expect(files.stat("/tmp/none")).rejects.toMatchObject({ code: "file_not_found" });
    await expect(files.read("/tmp/d")).rejects.toMatchObject({ code: "file_invalid" });
    await expect(files.write("/tmp/d", Readable.from([]), {})).rejects.toMatchObject({ code: "file_invalid" });
    await expect(files.write("/none/f", Readable.from([]), {})).rejects.toMatchObject({ code: "file_not_found" });
    await expect(files.remove("/tmp/d")).rejects.toMatchObject({ code: "file_invalid" });
    for (const name of ["f", "g", "l"]) await files.remove(`/tmp/d/${name}`);
    await files.remove("/tmp/d");
    await files.close();
  });

  test("two sessions share the console, and its log has what was printed", async () => {
    const [one, two] = [await bench.driver.console(id), await bench.driver.console(id)];
    const seen = vi.fn();
    two.stream.on("data", seen);
    one.stream.resume();
    // A login prompt or a shell: both echo what is typed.
    one.stream.write("console-42\r");
    await vi.waitFor(() => expect(Buffer.concat(seen.mock.calls.flat()).toString()).toContain("console-42"), {
      timeout: 20_000,
    });
    const log = async () => (await bench.driver.consoleLog(id)).toString();
    expect(await log()).toContain("console-42");
    await bench.driver.clearConsoleLog(id);
    expect(await log()).not.toContain("console-42");
    // What the guest prints from now on is in it again: something it answers to any line, but for those that come while login begins, which throws them away.
    const answered = async () => {
      one.stream.write("\r");
      expect(await log()).not.toBe("");
    };
    await vi.waitFor(answered, { timeout: 20_000, interval: 1_000 });
    one.close();
    two.close();
  });

  test("a screenshot is a PNG", async () => {
    const picture = await bench.driver.screenshot(id);
    expect(picture.subarray(1, 4).toString()).toBe("PNG");
    expect(readdirSync(join(bench.paths.run(id), "screen"))).toEqual(["vnc"]);
  });

  test("the screen is shown to several viewers at once, by VNC that nothing but root and QEMU's user reaches", async () => {
    const viewers = await Promise.all([bench.driver.viewScreen(id), bench.driver.viewScreen(id)]);
    for (const viewer of viewers) {
      expect(await joinScreen(viewer)).toMatchObject({ width: expect.any(Number), name: expect.stringContaining(id) });
      viewer.destroy();
    }
    expect(statSync(join(bench.paths.run(id), "screen")).mode & 0o777).toBe(0o700);
  });

  test("a link that QEMU put in the place of its VNC socket is not followed", async () => {
    const socket = join(bench.paths.run(id), "screen", "vnc");
    renameSync(socket, `${socket}.away`);
    try {
      symlinkSync(join(bench.paths.run(id), "qmp"), socket);
      await expect(bench.driver.viewScreen(id)).rejects.toMatchObject({ code: "instance_operation_failed" });
    } finally {
      renameSync(`${socket}.away`, socket);
    }
  });

  test("keys arrive at the guest's keyboard", async () => {
    const ascii = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join("");
    const press = (keys: KeyInput[]) =>
      bench.driver.pressKeys(id, planKeys({ keys, layout: "us", interval: 40 }), AbortSignal.timeout(20_000));
    // Of the screen's terminals the second has nobody else who reads it.
    const reader = await shell("exec 3</dev/tty2; echo open; exec head -n 1 <&3");
    let seen = "";
    reader.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
    });
    await vi.waitFor(() => expect(seen).toBe("open\n"), { timeout: 30_000 });
    await press([{ chord: ["alt", "f2"] }, { text: `${ascii}\n` }]);
    await vi.waitFor(() => expect(seen).toBe(`open\n${ascii}\n`), { timeout: 30_000 });
    await press([{ chord: ["alt", "f1"] }]);
  });

  test("a paused guest takes no keys", async () => {
    await bench.driver.pause(id);
    const steps = planKeys({ keys: [{ text: "a" }], layout: "us", interval: 10 });
    const pressing = bench.driver.pressKeys(id, steps, AbortSignal.timeout(20_000));
    await expect(pressing).rejects.toMatchObject({ code: "instance_wrong_state" });
    await bench.driver.resume(id);
  });

  test("pauses and resumes", async () => {
    await bench.driver.pause(id);
    expect(await bench.driver.observe(id)).toMatchObject({ status: "Frozen", ready: false });
    await expect(shell("true")).rejects.toMatchObject({ code: "instance_not_ready" });
    await bench.driver.resume(id);
    expect(await bench.driver.observe(id)).toMatchObject({ status: "Running", ready: true });
    expect(await output("echo back")).toBe("back\n");
  });

  test("a sshd that was killed is reached again", async () => {
    const session = await shell("kill -9 $(pidof sshd)");
    await session.exit;
    await vi.waitFor(async () => expect(await output("echo again")).toBe("again\n"), { timeout: 60_000 });
  });

  test("what served it and was killed leaves the port to its successor", async () => {
    const server = await output("cat /run/lodge/ssh.pid");
    await (await shell(`kill -9 ${server}`)).exit;
    const next = () => output("cat /run/lodge/ssh.pid");
    await vi.waitFor(async () => expect(await next()).not.toBe(server), { timeout: 60_000 });
  });

  // As they are when a guest is killed before its file system has written them out.
  test.each([
    ["without contents", ":"],
    ["of zeros", "head -c 387 /dev/zero"],
  ])("a host key %s gives way to another", async (_what, damage) => {
    const key = "/etc/lodge/ssh_host_ed25519_key";
    // The connection may be a new one of the test before.
    const session = await vi.waitFor(() => shell(`${damage} >${key}; kill $(pidof sshd)`), { timeout: 60_000 });
    await session.exit;
    const line = () => output(`head -n 1 ${key}; md5sum <${key}.pub`);
    await vi.waitFor(async () => expect(await line()).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY/), { timeout: 60_000 });
  });

  test("the next daemon adopts it", async () => {
    const before = await bench.driver.observe(id);
    await bench.nextDriver();
    bench.readies.length = 0;
    await bench.driver.reconcile([spec]);
    await bench.untilReady(id);
    expect(await bench.driver.observe(id)).toMatchObject({ status: "Running", pid: before.pid, vm: before.vm });
    expect(await output("echo adopted")).toBe("adopted\n");
    expect(bench.exits.size).toBe(0);
  });

  test("only root may reach its sockets and logs", async () => {
    for (const name of ["qmp", "qga", "ssh", "con", "qemu.json"]) {
      expect(statSync(join(bench.paths.run(id), name))).toMatchObject({ uid: 0 });
      expect(statSync(join(bench.paths.run(id), name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(bench.paths.instance(id)).mode & 0o777).toBe(0o700);
  });

  test("killing it reports once, and releasing leaves only logs", async () => {
    await bench.driver.kill(id);
    expect(bench.exits.get(id)).toMatchObject([{ reason: "killed" }]);
    expect(await bench.driver.observe(id)).toMatchObject({ status: "Stopped", pid: 0 });
    await bench.driver.release(id);
    expect(existsSync(bench.paths.run(id))).toBe(false);
    expect(await bench.cgroups.list()).toEqual([]);
    expect((await bench.driver.consoleLog(id)).length).toBeGreaterThan(0);
    await bench.driver.forget(id);
    expect(existsSync(bench.paths.instance(id))).toBe(false);
    await bench.driver.kill(id);
    await bench.driver.release(id);
  });
});

describe("how a run ends", () => {
  async function ended(act: (spec: InstanceSpec) => Promise<unknown>, ready = true): Promise<ExitReport[] | undefined> {
    const spec = bench.makeSpec();
    await bench.driver.start(spec, AbortSignal.timeout(60_000));
    if (ready) await bench.untilReady(spec.id);
    await act(spec);
    await bench.untilExited(spec.id);
    await bench.driver.release(spec.id);
    return bench.exits.get(spec.id);
  }
  const order = (command: string) => (spec: InstanceSpec) =>
    bench.driver.exec(spec.id, { command: [command, "-f"], environment: {}, uid: 0, gid: 0 });

  test("a power-off asked of the guest's agent", async () => {
    expect(await ended(({ id }) => bench.driver.shutdown(id))).toMatchObject([{ reason: "shutdown", status: 0 }]);
  });

  test("a reboot", async () => {
    expect(await ended(order("reboot"))).toMatchObject([{ reason: "reboot" }]);
  });

  test("a QEMU that is stopped and does not react to its monitor is killed all the same", async () => {
    const kill = async ({ id }: InstanceSpec) => {
      process.kill((await bench.driver.observe(id)).pid, "SIGSTOP");
      await bench.driver.kill(id);
    };
    expect(await ended(kill, false)).toMatchObject([{ reason: "killed" }]);
  });

  test.each([
    ["SIGKILL", "crash"],
    ["SIGTERM", "killed"],
  ] as const)("%s from outside", async (signal, reason) => {
    const kill = async ({ id }: InstanceSpec) => process.kill((await bench.driver.observe(id)).pid, signal);
    expect(await ended(kill, false)).toMatchObject([{ reason }]);
  });

  test("a power-off while no daemon ran", async () => {
    const spec = bench.makeSpec();
    await bench.driver.start(spec, AbortSignal.timeout(60_000));
    await bench.untilReady(spec.id);
    const command = ["sh", "-c", "(sleep 2; poweroff -f) >/dev/null 2>&1 &"];
    const session = await bench.driver.exec(spec.id, { command, environment: {}, uid: 0, gid: 0 });
    await session.exit;
    const { pid } = await bench.driver.observe(spec.id);
    await bench.driver[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 30_000 });
    await bench.nextDriver();
    await bench.driver.reconcile([spec]);
    expect(bench.exits.get(spec.id)).toMatchObject([{ reason: "shutdown" }]);
    expect(await bench.driver.observe(spec.id)).toMatchObject({ status: "Stopped" });
    await bench.driver.release(spec.id);
  });
});

describe("a nic", () => {
  const namespace = `lodge-qemu-${randomBytes(3).toString("hex")}`;
  const ip = (...args: string[]) => execFileSync("ip", ["-n", namespace, ...args]);
  const nic = {
    kind: "tap",
    device: "eth0",
    mac: "00:16:3e:12:34:56",
    mtu: 1400,
    hostInterface: "tap-one",
    fabricNamespace: `/run/netns/${namespace}`,
  } as const;

  beforeAll(() => {
    execFileSync("ip", ["netns", "add", namespace]);
    ip("tuntap", "add", "mode", "tap", "vnet_hdr", "name", nic.hostInterface);
    ip("address", "add", "10.99.0.1/24", "dev", nic.hostInterface);
    ip("link", "set", nic.hostInterface, "up");
  });
  afterAll(() => execFileSync("ip", ["netns", "delete", namespace]));

  test("is a tap in another network namespace", async () => {
    const spec = bench.makeSpec({ nics: [nic] });
    await bench.driver.start(spec, AbortSignal.timeout(60_000));
    await bench.untilReady(spec.id);
    const script = `
      cat /sys/class/net/eth0/address /sys/class/net/eth0/mtu
      ip link set eth0 up; ip addr replace 10.99.0.2/24 dev eth0; ping -c 1 -w 10 10.99.0.1 >/dev/null && echo reached`;
    const command = ["/bin/sh", "-c", script];
    const session = await bench.driver.exec(spec.id, { command, environment: {}, uid: 0, gid: 0 });
    session.stderr?.resume();
    expect(await text(session.stdout)).toBe(`${nic.mac}\n${nic.mtu}\nreached\n`);
    await bench.driver.kill(spec.id);
    await bench.driver.release(spec.id);
    expect(readFileSync("/proc/net/dev", "utf8")).not.toContain(nic.hostInterface);
  });

  test("that does not exist fails the start", async () => {
    const spec = bench.makeSpec({ nics: [{ ...nic, hostInterface: "tap-none" }] });
    await expect(bench.driver.start(spec, AbortSignal.timeout(60_000))).rejects.toThrow("no tap device tap-none");
    await bench.driver.release(spec.id);
    expect(await bench.cgroups.list()).toEqual([]);
  });
});

test("a disk whose boot region was written boots by its firmware", async () => {
  const spec = bench.makeSpec();
  execFileSync("qemu-io", ["-f", "qcow2", "-c", `write ${bench.guest.directBoot?.region.start} 4096`, spec.root.path]);
  await bench.driver.start(spec, AbortSignal.timeout(60_000));
  expect((await bench.driver.observe(spec.id)).vm?.boot).toBe("firmware");
  await bench.driver.kill(spec.id);
  await bench.driver.release(spec.id);
});

test("a QEMU that cannot start says why and leaves nothing after release", async () => {
  const spec = bench.makeSpec();
  rmSync(join(bench.root, `${spec.id}.qcow2`));
  execFileSync("cp", ["/etc/hostname", join(bench.root, `${spec.id}.qcow2`)]);
  const broken = {
    ...spec,
    root: { kind: "disk", path: spec.root.path, format: "qcow2", overlays: 1, state: bench.root },
  } as const;
  await expect(bench.driver.start(broken, AbortSignal.timeout(60_000))).rejects.toMatchObject({
    code: "instance_start_failed",
    message: expect.stringContaining("not in qcow2 format"),
  });
  await bench.driver.release(spec.id);
  expect(existsSync(bench.paths.run(spec.id))).toBe(false);
  expect(await bench.cgroups.list()).toEqual([]);
  expect(bench.exits.get(spec.id)).toBeUndefined();
});

test("reconcile ends what no instance owns", async () => {
  const spec = bench.makeSpec();
  await bench.driver.start(spec, AbortSignal.timeout(60_000));
  const { pid } = await bench.driver.observe(spec.id);
  await bench.nextDriver();
  await bench.driver.reconcile([]);
  expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
  expect(existsSync(bench.paths.run(spec.id))).toBe(false);
});
