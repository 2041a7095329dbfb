/**
 * The host that most users have, with systemd, the unified control group hierarchy and hardware virtualization: on one that
 * runs in a virtual machine of Lodge's own, whatever this machine has.
 */
import type { InstanceFull } from "@lodge/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importCachedImage } from "../harness/image-cache.ts";
import type { Lodge } from "../harness/lodge.ts";
import { NestedLodge } from "../harness/nested-lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

const hour = 3_600_000;

describe("on a host with cgroup v2 and systemd", { timeout: hour }, () => {
  let lodge: Lodge;
  let nested: NestedLodge;

  beforeAll(async () => {
    lodge = await startLodge();
    nested = await NestedLodge.start(lodge);
    await importCachedImage(nested.client, "tiny", { type: "container" });
    await importCachedImage(nested.client, "debian/12", { type: "container" });
    await nested.must("launch", "tiny", "small", ...limits("64MiB", 1, 50));
    await nested.must("launch", "debian/12", "big", ...limits("256MiB", 2, 500));
  }, hour);
  afterAll(async () => {
    await nested?.[Symbol.asyncDispose]();
    await lodge.stop();
  }, hour);

  const limits = (memory: string, cpus: number, processes: number) =>
    [`limits.memory=${memory}`, `limits.cpu=${cpus}`, `limits.processes=${processes}`].flatMap((limit) => [
      "-c",
      limit,
    ]);

  const instance = async (name: string): Promise<InstanceFull> => {
    const [found] = JSON.parse(await nested.must("list", name, "-f", "json")) as InstanceFull[];
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  };
  /** The value of a control file of an instance. */
  const control = async (name: string, file: string): Promise<string> => {
    const id = ((await instance(name)).config["volatile.uuid"] ?? "").slice(0, 8);
    return nested.onHost(`cat /sys/fs/cgroup/lodge-*/${id}/${file}`);
  };
  const count = async (name: string, file: string, key: string): Promise<number> =>
    Number(new RegExp(`^${key} (\\d+)$`, "m").exec(await control(name, file))?.[1]);
  const fromHostProc = async (name: string, file: string): Promise<string> =>
    nested.onHost(`cat /proc/${(await instance(name)).state.pid}/${file}`);
  /** What tells one run of a container from the next. */
  const startTimes = () =>
    Promise.all(
      ["small", "big"].map(async (name) => {
        const { pid } = (await instance(name)).state;
        return [pid, (await fromHostProc(name, "stat")).split(" ")[21]];
      }),
    );

  test("it is one", async () => {
    expect(await nested.onHost("stat --file-system --format=%T /sys/fs/cgroup")).toBe("cgroup2fs");
    expect(await nested.onHost("cat /proc/1/comm")).toBe("systemd");
  });

  test("a distribution's systemd comes up whole, in groups of its own", async () => {
    const up = await nested.run("exec", "big", "--", "systemctl", "is-system-running", "--wait");
    expect(up.stdout, await nested.must("exec", "big", "--", "systemctl", "--failed")).toBe("running\n");
    expect(await nested.must("exec", "big", "--", "cat", "/proc/1/cgroup")).toBe("0::/init.scope");
  });

  test("containers run under ids that are nobody's, and go before the host's own processes where it has no memory", async () => {
    for (const name of ["small", "big"]) {
      const [inside, outside] = (await fromHostProc(name, "uid_map")).trim().split(/\s+/).map(Number);
      expect(inside).toBe(0);
      expect(outside).toBeGreaterThanOrEqual(65536);
      expect(await nested.must("exec", name, "--", "cat", "/proc/1/oom_score_adj", "/proc/self/oom_score_adj")).toBe(
        "500\n500",
      );
    }
  });

  test("limits stand where the kernel enforces them, out of the container's reach", async () => {
    for (const [file, value] of [
      ["memory.max", String(64 * 2 ** 20)],
      ["cpu.max", "max 100000"],
      ["pids.max", "50"],
    ] as const) {
      expect(await control("small", file)).toBe(value);
      const raised = await nested.run("exec", "small", "--", "sh", "-c", `echo max > /sys/fs/cgroup/${file}`);
      expect(raised.status).not.toBe(0);
    }
  });

  test("who takes more memory than the limit is killed, and nobody else", async () => {
    const greedy = await nested.run("exec", "big", "--", "tail", "/dev/zero");
    expect(greedy.status).toBe(137);
    expect(await count("big", "memory.events", "oom_kill")).toBe(1);
    expect(await nested.must("exec", "big", "--", "systemctl", "is-system-running")).toBe("running");
  });

  test("a fork bomb is bounded, and goes off inside only", async () => {
    const bomb = "bomb() { bomb | bomb & }; bomb";
    await nested.run("exec", "small", "--", "timeout", "20", "sh", "-c", bomb);
    await until("a refused fork", 300_000, async () => (await count("small", "pids.events", "max")) > 0);
    expect(Number(await control("small", "pids.current"))).toBeLessThanOrEqual(50);
    await nested.must("restart", "--force", "small");
    expect(await nested.must("exec", "small", "--", "echo", "on")).toBe("on");
  });

  test("a container counts the CPUs of its limit, and has the time that is measured out", async () => {
    expect(await nested.must("exec", "small", "--", "nproc")).toBe("1");
    expect(await control("small", "cpuset.cpus")).toMatch(/^[01]$/);
    await nested.must("config", "set", "small", "limits.cpu=0-1", "limits.cpu.allowance=20ms/100ms");
    expect(await nested.must("exec", "small", "--", "nproc")).toBe("2");
    const before = await count("small", "cpu.stat", "nr_throttled");
    await nested.run("exec", "small", "--", "timeout", "10", "sh", "-c", "while :; do :; done");
    expect(await count("small", "cpu.stat", "nr_throttled")).toBeGreaterThan(before);
    await nested.must("config", "unset", "small", "limits.cpu.allowance");
  });

  test("less memory than a container uses is refused, and kills nobody", async () => {
    const kills = await count("small", "memory.events", "oom_kill");
    await nested.must("exec", "small", "--", "dd", "if=/dev/zero", "of=/dev/shm/held", "bs=1M", "count=32");
    const less = await nested.run("config", "set", "small", "limits.memory=16MiB", "limits.memory.swap=false");
    expect(less.stderr).toContain("uses more memory than 16MiB");
    expect(await control("small", "memory.max")).toBe(String(64 * 2 ** 20));
    await nested.must("exec", "small", "--", "rm", "/dev/shm/held");
    await nested.must("config", "set", "small", "limits.memory=48MiB", "limits.memory.enforce=soft");
    expect(await control("small", "memory.high")).toBe(String(48 * 2 ** 20));
    await nested.must("config", "set", "small", "limits.memory=64MiB", "limits.memory.enforce=hard");
    expect(await count("small", "memory.events", "oom_kill")).toBe(kills);
  });

  test("the governor moves memory from who has it idle to who waits for it, kills nobody, and says why", async () => {
    const limit = 320;
    const bytes = (mebibytes: number) => mebibytes * 2 ** 20;
    for (const name of ["idler", "worker"]) {
      await nested.must("launch", "tiny", name, "-c", `limits.memory=${limit}MiB`, "-c", "limits.memory.min=32MiB");
      await nested.must("exec", name, "--", "dd", "if=/dev/zero", "of=/root/set", "bs=1M", "count=256");
    }
    const used = async (name: string) => Number(await control(name, "memory.current"));
    const high = async (name: string) => Number((await control(name, "memory.high")).replace("max", "Infinity"));
    const kills = () =>
      Promise.all(["idler", "worker", "small", "big"].map((name) => count(name, "memory.events", "oom_kill")));
    const killed = await kills();
    expect(await used("idler")).toBeGreaterThan(bytes(200));
    // There is no room for the files of both, and enough for those of one with the little that each keeps to grow into.
    const others = (await used("small")) + (await used("big"));
    const budget = Math.ceil(others / 2 ** 20) + limit + 192;
    await nested.must("config", "set", `governor.memory.budget=${budget}MiB`, "governor.mode=on");
    const work = "while :; do cat /root/set >/dev/null; done";
    const working = nested.run("exec", "worker", "--", "timeout", "240", "sh", "-c", work);
    await until("the memory where it is needed", 240_000, async () => {
      return (
        (await high("worker")) > bytes(256) && (await used("worker")) > bytes(240) && (await used("idler")) < bytes(192)
      );
    });
    expect(await high("idler")).toBeLessThan(bytes(limit));
    expect(await high("idler")).toBeGreaterThanOrEqual(bytes(32));
    const log = await nested.must("governor", "log");
    expect(log, log).toMatch(/ idler +take .*idler has \d+MiB idle/);
    expect(log).toMatch(/ worker +grow /);
    // Another limit while it is governed.
    await nested.must("config", "set", "worker", "limits.memory=384MiB");
    expect(await control("worker", "memory.max")).toBe(String(bytes(384)));
    expect(await kills()).toEqual(killed);
    await nested.must("config", "set", "governor.mode=off", "governor.memory.budget=");
    await until(
      "the end of what the governor set",
      60_000,
      async () => (await control("idler", "memory.high")) === "max",
    );
    await nested.must("delete", "--force", "idler", "worker");
    await working;
  });

  test("a device of the host is let in while the container runs, and locked out again", async () => {
    const read = () => nested.run("exec", "small", "--", "head", "-c", "1", "/dev/random-source");
    await nested.must("device", "add", "small", "rng", "unix-char", "source=/dev/hwrng", "path=/dev/random-source");
    expect((await read()).stdout).toHaveLength(1);
    await nested.must("device", "remove", "small", "rng");
    expect((await read()).status).not.toBe(0);
    expect(await nested.must("exec", "small", "--", "head", "-c", "1", "/dev/zero")).toBe("\0");
  });

  test("pause and resume", async () => {
    await nested.must("pause", "big");
    expect((await instance("big")).status).toBe("Frozen");
    expect(await count("big", "cgroup.events", "frozen")).toBe(1);
    await nested.must("resume", "big");
    expect(await count("big", "cgroup.events", "frozen")).toBe(0);
    expect(await nested.must("exec", "big", "--", "echo", "on")).toBe("on");
  });

  test("kill -9 and systemctl restart of the daemon leave containers as they are, and systemd content", async () => {
    const before = await startTimes();
    const main = await nested.onHost("systemctl show --property=MainPID --value lodged");
    await nested.onHost(`kill -9 ${main}`);
    await until("the next lodged", 300_000, async () => {
      const next = await nested.onHost("systemctl show --property=MainPID --value lodged");
      return next !== "0" && next !== main;
    });
    await nested.answers();
    expect(await startTimes()).toEqual(before);
    await nested.onHost("systemctl restart lodged");
    await nested.answers();
    expect(await startTimes()).toEqual(before);
    for (const name of ["small", "big"]) expect(await nested.must("exec", name, "--", "echo", "on")).toBe("on");
    expect(await nested.log()).not.toContain("left-over process");
    expect(await nested.onHost("systemctl is-system-running")).toBe("running");
  });

  test("the accelerator's probe finds KVM, and a virtual machine runs under it", async () => {
    await importCachedImage(nested.client, "tiny", { type: "virtual-machine" });
    await nested.must("launch", "tiny", "machine", "--vm", "-c", "limits.memory=256MiB");
    await nested.must("wait", "machine", "--timeout", "600");
    expect((await instance("machine")).state.vm?.accelerator).toBe("kvm");
    expect(await nested.must("host", "info")).toMatch(/kvm.*user space/i);
    expect(await nested.must("exec", "machine", "--", "uname", "-s")).toBe("Linux");
    const [uid] = (await fromHostProc("machine", "status")).match(/(?<=^Uid:\s+)\d+/m) ?? [];
    expect(Number(uid)).toBeGreaterThanOrEqual(65536);
  });

  /** The sleeper lives on in what was the machine. */
  const inside = async (name: string) => {
    await nested.must("exec", name, "--", "sh", "-c", "kill -0 $(cat /run/pid)");
    return nested.must("exec", name, "--", "sh", "-c", "cat /etc/machine-id; head -c 16 /dev/urandom | base64");
  };

  test("a machine under KVM is stopped with its state and goes on", async () => {
    const sleeper = "sleep 86400 </dev/null >/dev/null 2>&1 & echo $! > /run/pid";
    await nested.must("exec", "machine", "--", "sh", "-c", sleeper);
    await nested.must("stop", "--stateful", "machine");
    expect((await instance("machine")).status).toBe("Stopped");
    await nested.must("start", "machine");
    await inside("machine");
  });

  test("the next machine of an image under KVM begins as a fork of its template", async () => {
    await until("a template", 900_000, async () => (await nested.must("template", "list")).includes("tiny"));
    await nested.must("launch", "tiny", "next", "--vm", "-c", "limits.memory=256MiB");
    expect(await nested.must("exec", "next", "--", "hostname")).toBe("next");
    expect(await nested.must("info", "next")).toContain("a fork of a template");
    await nested.must("delete", "--force", "next");
  });

  test("a machine that runs under KVM becomes two", async () => {
    const one = await inside("machine");
    await nested.must("fork", "machine", "twin");
    expect((await instance("twin")).state.vm?.accelerator).toBe("kvm");
    const two = await inside("twin");
    for (const line of one.split("\n")) expect(two).not.toContain(line);
    await nested.must("delete", "--force", "twin");
  });

  test("a reboot of the host brings back what ran, in its order, and nothing else", async () => {
    await nested.must("stop", "small");
    await nested.must("launch", "tiny", "asked", "-c", "boot.autostart=true");
    await nested.must("stop", "asked");
    const farewell = ["--unit=farewell", "--remain-after-exit", "--property=ExecStop=/usr/bin/touch /root/farewell"];
    await nested.must("exec", "big", "--", "systemd-run", ...farewell, "true");
    await nested.reboot();
    for (const name of ["big", "machine", "asked"]) await nested.must("wait", name, "--timeout", "600");
    expect((await instance("small")).status).toBe("Stopped");
    // It was shut down in order, not cut off.
    await nested.must("exec", "big", "--", "test", "-e", "/root/farewell");
  });

  test("delete leaves no group, purge nothing at all", async () => {
    const groups = () =>
      nested.onHost("find /sys/fs/cgroup/lodge-* -maxdepth 1 -type d -printf '%f\\n' 2>/dev/null || true");
    await nested.must("delete", "--force", "small", "big", "machine", "asked");
    expect((await groups()).split("\n").filter((name) => /^[0-9a-f]{8}$/.test(name))).toEqual([]);
    await nested.purge();
    expect(await groups()).toBe("");
    expect(await nested.onHost("ls -A /var/lib")).not.toMatch(/^lodge$/m);
    expect(await nested.onHost("ps -eo args")).not.toMatch(/\/var\/lib\/lodge\//);
  });
});
