/** Virtual machines that are launched as forks of a warm template: fast, and nobody's copies. */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"], templates: true });
});
afterAll(() => lodge.stop());

const small = ["-c", "limits.memory=256MiB"];
const templates = () => lodge.client.templates.list();
const inside = (name: string, script: string) => lodge.must("exec", name, "--", "sh", "-c", script);

/** Milliseconds from the request to the first answer of a command in it. By the API: a CLI's start is no part of it. */
async function launch(name: string): Promise<number> {
  const { instances } = lodge.client;
  const began = Date.now();
  const source = { type: "image", alias: "tiny" } as const;
  const config = { "limits.memory": "256MiB" };
  const operation = await instances.create({ name, type: "virtual-machine", source, config, start: true });
  await operation.wait();
  await instances.waitFor(name, { condition: "ready", signal: AbortSignal.timeout(120_000) });
  const session = await instances.exec(name, { command: ["true"] });
  session.stdin.end();
  expect(await session.exit).toBe(0);
  session.close();
  return Date.now() - began;
}

/** Everything that must be a machine's own. */
async function identity(name: string) {
  const script = [
    "hostname",
    "cat /sys/class/net/eth0/address",
    "cat /etc/machine-id 2>/dev/null || cat /etc/hostname",
    "md5sum < /etc/lodge/ssh_host_ed25519_key.pub",
    "head -c 32 /dev/urandom | md5sum",
  ];
  return (await inside(name, script.join("; "))).split("\n");
}

test("the second launch of an image is a fork, faster and a machine of its own", async () => {
  const cold = await launch("v1");
  expect(await lodge.must("info", "v1")).toMatch(/^Began: +by a boot \(there was no template\)$/m);
  await until("a template is there", 120_000, async () => (await templates()).length === 1);
  const forks = [await launch("v2"), await launch("v3")];
  process.stdout.write(`launch to first exec: by a boot ${cold} ms, as a fork ${forks.join(" and ")} ms\n`);
  // How many times faster is for benchmarks to say.
  expect(Math.min(...forks)).toBeLessThan(cold);
  expect(await lodge.must("info", "v2")).toMatch(/^Began: +as a fork of a template$/m);
  const [one, two, three] = await Promise.all(["v1", "v2", "v3"].map(identity));
  expect([one?.[0], two?.[0], three?.[0]]).toEqual(["v1", "v2", "v3"]);
  for (const index of [1, 2, 3, 4]) expect(new Set([one, two, three].map((each) => each?.[index])).size).toBe(3);
  expect(await lodge.must("template", "list", "-f", "csv")).toMatch(/,tiny,/);
});

test("forks have the addresses that Lodge says, and reach each other by name", async () => {
  await lodge.must("wait", "v3", "--for", "address");
  await until("v2 reaches v3 by its name", 60_000, async () => {
    const { status } = await lodge.run("exec", "v2", "--", "ping", "-c", "1", "-W", "2", "v3");
    return status === 0;
  });
});

/** CPUs, and MiB of memory, as the guest counts them. */
async function size(name: string): Promise<{ readonly cpus: number; readonly memory: number }> {
  const said = await inside(name, "nproc; sed -n 's/^MemTotal: *//p' /proc/meminfo");
  const [cpus = "", kibibytes = ""] = said.split("\n");
  return { cpus: Number(cpus), memory: Number.parseInt(kibibytes, 10) / 1024 };
}

test("one template serves every size", async () => {
  const cpus = Math.min(2, availableParallelism());
  await lodge.must("launch", "tiny", "large", "--vm", "-c", "limits.memory=768MiB", "-c", `limits.cpu=${cpus}`);
  expect(await lodge.must("info", "large")).toMatch(/^Began: +as a fork of a template$/m);
  expect(await templates()).toHaveLength(1);
  const large = await size("large");
  expect(large.cpus).toBe(cpus);
  // What the kernel keeps for itself is not in what it tells.
  expect(large.memory).toBeGreaterThan(700);
  expect(large.memory).toBeLessThanOrEqual(768);
  expect((await lodge.client.instances.state("large")).memory.total).toBe(768 * 2 ** 20);
  await lodge.must("delete", "--force", "large");
});

const ready = async () => (await templates())[0]?.ready;
const standReady = (count: number) => until(`${count} stand ready`, 60_000, async () => (await ready()) === count);
/** QEMUs of this daemon. */
function machines(): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const commands = pids.map((pid) => ({ pid: Number(pid), command: commandOf(pid) }));
  return commands
    .filter(({ command }) => command.startsWith("qemu-system") && command.includes(lodge.directory))
    .map(({ pid }) => pid);
}
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

test("machines stand ready, which launches are", async () => {
  const before = machines().length;
  await lodge.must("config", "set", "templates.ready=1");
  await launch("r1");
  await standReady(1);
  const standing = machines();
  expect(standing).toHaveLength(before + 2);
  process.stdout.write(`launch to first exec, of one that stood ready: ${await launch("r2")} ms\n`);
  const { pid } = await lodge.client.instances.state("r2");
  expect(standing).toContain(pid);
  const [one, two] = await Promise.all(["r1", "r2"].map(identity));
  expect([one?.[0], two?.[0]]).toEqual(["r1", "r2"]);
  for (const index of [1, 2, 3, 4]) expect(one?.[index]).not.toBe(two?.[index]);
  await lodge.must("wait", "r2", "--for", "address");
  // One that a daemon which is killed leaves is ended by the next; one that has become an instance goes on.
  await standReady(1);
  await lodge.restartDaemon("SIGKILL");
  expect(machines()).toHaveLength(before + 2);
  expect(await inside("r2", "hostname")).toBe("r2");
  await lodge.must("config", "set", "templates.ready=0");
  await lodge.must("delete", "--force", "r1", "r2");
});

test("what is smaller than templates boots", async () => {
  await lodge.must("init", "tiny", "least", "--vm", "-c", "limits.memory=128MiB");
  await lodge.must("start", "least");
  expect(await lodge.must("info", "least")).toMatch(/^Began: +by a boot \(templates have 256MiB of memory/m);
  await lodge.must("delete", "--force", "least");
});

test("a fork stops, starts and outlives its template", async () => {
  await inside("v2", "echo kept > /root/word; sync");
  const [template] = await templates();
  await lodge.must("template", "delete", template?.id ?? "");
  expect(await templates()).toEqual([]);
  expect(await inside("v3", "hostname")).toBe("v3");
  await lodge.must("restart", "v2", "--force");
  await lodge.must("wait", "v2");
  expect(await inside("v2", "hostname; cat /root/word")).toBe("v2\nkept");
});

test("what cannot be a fork boots, and says why", async () => {
  await lodge.must("config", "set", "templates.enabled=false");
  await lodge.must("launch", "tiny", "v4", "--vm", ...small);
  expect(await lodge.must("info", "v4")).toMatch(/^Began: +by a boot \(templates are switched off\)$/m);
  await lodge.must("config", "unset", "templates.enabled");
  await lodge.must("delete", "--force", "v1", "v2", "v3", "v4");
});

test("a template is built before it is needed, outlives the daemon, and goes with its image", async () => {
  const id = await lodge.must("-q", "template", "build", "tiny", ...small);
  await lodge.restartDaemon("SIGKILL");
  expect((await templates()).map((each) => each.id)).toEqual([id]);
  // In two steps, as clients of LXD's API do.
  await lodge.must("init", "tiny", "v5", "--vm", ...small);
  await lodge.must("start", "v5");
  expect(await inside("v5", "hostname")).toBe("v5");
  expect(await lodge.must("info", "v5")).toMatch(/^Began: +as a fork of a template$/m);
  expect(await lodge.run("image", "delete", "tiny", "--vm")).toMatchObject({ status: 4 });
  await lodge.must("delete", "--force", "v5");
  await lodge.must("image", "delete", "tiny", "--vm");
  expect(await templates()).toEqual([]);
});
