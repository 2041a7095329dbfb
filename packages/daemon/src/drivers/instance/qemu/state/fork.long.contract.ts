/** Forks of a real QEMU: the same past, and from the fork on machines of their own. */
import { execFileSync } from "node:child_process";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { InstanceId, InstanceNic, InstanceSpec } from "@lodge/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Bench, createBench } from "../testing/bench.ts";
import { type Kept, KeptStates } from "../testing/kept-states.ts";
import { differingPages, guestMemory, sealedMemory } from "../testing/memory-pages.ts";

const namespace = `forks-${randomBytes(3).toString("hex")}`;
const ip = (...args: string[]) => String(execFileSync("ip", ["-n", namespace, ...args]));
let bench: Bench;
let states: KeptStates;
let source: InstanceSpec;
let names = 0;

beforeAll(async () => {
  execFileSync("ip", ["netns", "add", namespace]);
  bench = await createBench();
  states = new KeptStates(bench);
  source = bench.makeSpec({ config: { "limits.memory": "128MiB" }, nics: [nic()] });
  await bench.driver.start(source, AbortSignal.timeout(60_000));
  await bench.untilReady(source.id);
  await bench.output(
    source.id,
    "echo before > /run/in-memory; echo before > /root/on-disk; (while :; do sleep 1; done) & echo $! > /run/pid",
  );
}, 300_000);
afterAll(async () => {
  await bench.close();
  execFileSync("ip", ["netns", "delete", namespace]);
});

function nic(device = "eth0"): InstanceNic {
  const number = ++names;
  const hostInterface = `tap${number}`;
  ip("tuntap", "add", "mode", "tap", "vnet_hdr", "name", hostInterface);
  ip("link", "set", hostInterface, "up");
  const mac = `00:16:3e:00:00:${number.toString(16).padStart(2, "0")}`;
  const place = { kind: "tap", hostInterface, fabricNamespace: `/run/netns/${namespace}` } as const;
  return { ...place, device, mac, mtu: 1500 };
}

async function fork(kept: Kept, name: string, more: Partial<InstanceSpec> = {}): Promise<InstanceSpec> {
  const spec = forkSpec(kept, name, { nics: [nic()], ...more });
  await bench.driver.start(spec, AbortSignal.timeout(60_000));
  return spec;
}

function forkSpec(
  { path, sealed }: Kept,
  name: string,
  more: Pick<InstanceSpec, "nics"> & Partial<InstanceSpec>,
): InstanceSpec {
  const id = randomBytes(4).toString("hex") as InstanceId;
  const base = 2_000_000_000 + 65_536 * ++names;
  const ids = { base, size: 65_536, owner: base };
  const disk = states.overlayOn(sealed, { ids });
  const state = join(bench.root, `${id}.state`);
  mkdirSync(state, { mode: 0o711 });
  if (source.root.kind !== "disk") throw new Error("no disk");
  const root = { ...source.root, path: disk, state };
  return { ...source, id, uuid: randomUUID(), name, ids, root, resume: { directory: path, as: "fork" }, ...more };
}

const grow = async (kept: Kept, name: string, more: Partial<InstanceSpec> = {}): Promise<InstanceSpec> => {
  const spec = await fork(kept, name, more);
  await bench.driver.personalize(spec, AbortSignal.timeout(60_000));
  await bench.untilReady(spec.id);
  return spec;
};

/** What came out of a guest. */
function packetsFrom({ nics }: InstanceSpec): number {
  const [tap = ""] = nics.flatMap((each) => (each.kind === "tap" ? each.hostInterface : []));
  const [link] = JSON.parse(ip("-s", "-j", "link", "show", "dev", tap)) as { stats64: { rx: { packets: number } } }[];
  return link?.stats64.rx.packets ?? -1;
}

const past = "cat /run/in-memory /root/on-disk; kill -0 $(cat /run/pid) && echo alive";
const self = "hostname; cat /etc/machine-id /sys/class/net/eth0/address; head -c 64 /dev/urandom | sha256sum";

describe("a fork", () => {
  let kept: Kept;
  let forks: InstanceSpec[] = [];
  beforeAll(async () => {
    kept = await states.keep(source, { form: "momentary", afterwards: "run" });
    forks = [await grow(kept, "one"), await grow(kept, "two")];
  }, 120_000);
  afterAll(async () => {
    for (const { id } of forks) await bench.end(id);
  });

  test("has what its source had in memory, on disk and for processes", async () => {
    for (const { id } of [source, ...forks]) expect(await bench.output(id, past)).toBe("before\nbefore\nalive\n");
  });

  test("left the source standing still for a moment", () => {
    expect(kept.stoodStill).toBeGreaterThan(0);
    expect(kept.stoodStill).toBeLessThan(kept.took);
  });

  test("shares no name, address, machine-id or randomness with anybody", async () => {
    const told = await Promise.all(
      [source, ...forks].map(async ({ id }) => (await bench.output(id, self)).split("\n")),
    );
    for (const facet of [0, 1, 2, 3]) expect(new Set(told.map((lines) => lines[facet])).size).toBe(3);
    expect(told.slice(1).map(([name, machine, mac]) => [name, machine, mac])).toEqual(
      forks.map(({ name, uuid, nics: [own] }) => [name, uuid.replaceAll("-", ""), own?.mac]),
    );
    const draws = await Promise.all(
      forks.map(({ id }) =>
        bench
          .output(id, "for i in $(seq 200); do head -c 8 /dev/urandom | od -An -tx1; done")
          .then((out) => out.split("\n")),
      ),
    );
    const [one = [], two = []] = draws;
    expect(one.filter((line) => line !== "" && two.includes(line))).toEqual([]);
  });

  test("writes to nothing but what is its own", async () => {
    const [one, two] = forks;
    if (!one || !two) throw new Error("no forks");
    await bench.output(one.id, "echo after > /run/in-memory; echo after > /root/on-disk; sync");
    for (const { id } of [source, two]) expect(await bench.output(id, past)).toBe("before\nbefore\nalive\n");
  });

  test("runs as a user of its own, which cannot change the memory that they share", async () => {
    const [one] = forks;
    const { pid } = await bench.driver.observe(one?.id ?? source.id);
    expect(readFileSync(`/proc/${pid}/status`, "utf8")).toMatch(new RegExp(`^Uid:\\t${one?.ids.base}\\t`, "m"));
    const maps = readFileSync(`/proc/${pid}/maps`, "utf8");
    expect(maps).toMatch(/ rw-p .*memfd:lodge-/);
    expect(maps).not.toMatch(/ rw-s .*memfd:lodge-/);
  });

  test("can be forked", async () => {
    const [one] = forks;
    const again = await states.keep(one ?? source, { form: "momentary", afterwards: "run" });
    const grandchild = await grow(again, "three");
    expect(await bench.output(grandchild.id, "cat /run/in-memory; hostname")).toBe("after\nthree\n");
    await bench.end(grandchild.id);
    await bench.driver.letGoOfState(again.path);
  });

  test("has the last that a busy guest wrote", async () => {
    await bench.output(source.id, "dd if=/dev/zero of=/dev/null bs=512 >/dev/null 2>&1 & echo $! > /run/busy");
    const { pid } = await bench.driver.observe(source.id);
    let memory: Buffer = Buffer.alloc(0);
    const busy = await states.keep(source, { form: "momentary", afterwards: "run" }, () => {
      memory = guestMemory(pid, 128 * 2 ** 20);
    });
    await bench.output(source.id, "kill $(cat /run/busy)");
    const { id } = await fork(busy, "busy");
    const forked = await bench.driver.observe(id);
    // One page is told the fork's own generation number.
    expect(differingPages(memory, sealedMemory(forked.pid)).length).toBeLessThanOrEqual(1);
    await bench.end(id);
    await bench.driver.letGoOfState(busy.path);
  });

  test("has silent nics until it knows what it is", async () => {
    const silent = await fork(kept, "silent");
    expect((await bench.driver.observe(silent.id)).ready).toBe(false);
    await bench.output(source.id, "true");
    expect(packetsFrom(silent)).toBe(0);
    await bench.driver.personalize(silent, AbortSignal.timeout(60_000));
    await vi.waitFor(() => expect(packetsFrom(silent)).toBeGreaterThan(0), { timeout: 20_000 });
    await bench.untilReady(silent.id);
    await bench.end(silent.id);
  });

  test("goes on when the state is let go of, from which none begins any more", async () => {
    await bench.driver.letGoOfState(kept.path);
    await expect(fork(kept, "late")).rejects.toMatchObject({ code: "state_unusable" });
    expect(await bench.output(forks[1]?.id ?? source.id, past)).toBe("before\nbefore\nalive\n");
  });
});

describe("a fork that is held", () => {
  let kept: Kept;
  beforeAll(async () => {
    kept = await states.keep(source, { form: "momentary", afterwards: "run" });
  }, 120_000);
  afterAll(() => bench.driver.letGoOfState(kept.path));

  /** Its tap is not there yet. */
  async function hold(name: string): Promise<InstanceSpec> {
    const hostInterface = `held${++names}`;
    const mac = `00:16:3e:00:01:${names.toString(16).padStart(2, "0")}`;
    const place = { kind: "tap", hostInterface, fabricNamespace: `/run/netns/${namespace}` } as const;
    const spec = forkSpec(kept, name, { nics: [{ ...place, device: "eth0", mac, mtu: 1500 }] });
    await bench.driver.hold(spec, AbortSignal.timeout(60_000));
    return spec;
  }
  const processOf = async ({ id }: InstanceSpec) => (await bench.cgroups.processes(id))[0];
  const taps = () => ip("-br", "link").match(/^held\d+/gm) ?? [];

  test("runs nothing until it is started, as what it is then", async () => {
    const held = await hold("held");
    const pid = await processOf(held);
    expect(pid).toBeDefined();
    expect(await bench.driver.observe(held.id)).toMatchObject({ status: "Stopped", ready: false });
    expect(await bench.driver.prepare(held)).toMatchObject({ made: true });
    expect(packetsFrom(held)).toBe(0);
    const config = { "limits.memory": "128MiB", "user.word": "new" };
    const spec = { ...held, name: "begun", project: "other", config };
    ip("link", "set", "up", "dev", taps()[0] ?? "");
    await bench.driver.start(spec, AbortSignal.timeout(60_000));
    await bench.driver.personalize(spec, AbortSignal.timeout(60_000));
    await bench.untilReady(spec.id);
    expect((await bench.driver.observe(spec.id)).pid).toBe(pid);
    expect(await bench.output(spec.id, `${past}; hostname; cat /sys/class/net/eth0/address`)).toBe(
      `before\nbefore\nalive\nbegun\n${spec.nics[0]?.mac}\n`,
    );
    await bench.end(spec.id);
    expect(taps()).toEqual([]);
  });

  test("that ends by itself is told of", async () => {
    const held = await hold("killed");
    process.kill((await processOf(held)) ?? 0, "SIGKILL");
    await bench.untilExited(held.id);
    expect(await bench.driver.prepare(held)).not.toHaveProperty("made");
    await bench.driver.release(held.id);
  });

  test("ends when it is released, with the driver, and when it does not fit", async () => {
    const [released, unfit, left] = [await hold("released"), await hold("unfit"), await hold("left")];
    await bench.driver.release(released.id);
    expect(await processOf(released)).toBeUndefined();
    const nics = unfit.nics.map((each) => ({ ...each, mac: "00:16:3e:ff:ff:ff" }));
    await expect(bench.driver.start({ ...unfit, nics }, AbortSignal.timeout(60_000))).rejects.toThrow("held ready");
    expect(await processOf(unfit)).toBeUndefined();
    await bench.driver.release(unfit.id);
    expect(taps()).toHaveLength(1);
    await bench.nextDriver();
    expect(await processOf(left)).toBeUndefined();
    bench.readies.length = 0;
    await bench.driver.reconcile([source]);
    await bench.untilReady(source.id);
  });
});

describe("a fork whose sshd is still to be reached", () => {
  let kept: Kept;
  beforeAll(async () => {
    await bench.driver.prepareForks(source.id, 0);
    kept = await states.keep(source, { form: "momentary", afterwards: "run" });
  }, 120_000);
  afterAll(() => bench.driver.letGoOfState(kept.path));

  async function early(name: string): Promise<InstanceSpec> {
    const spec = await fork(kept, name);
    await bench.driver.personalize(spec, AbortSignal.timeout(60_000));
    expect((await bench.driver.observe(spec.id)).ready).toBe(true);
    return spec;
  }
  const parent = "tr '\\0' ' ' </proc/$PPID/cmdline | grep -q -e lodge-begin -e org.lodge.call && echo early; ";

  test("answers commands as ever, several at once", async () => {
    const { id } = await early("early");
    const run = (script: string, ...more: [object?, string?]) => bench.output(id, script, ...more);
    const results = await Promise.all([
      run(`${parent} pwd; id -u; echo bad >&2; exit 7`),
      run("cat; env | sort", { environment: { WORD: "with a space" } }, "what comes in\n"),
      run("echo $(id -u):$(id -g) in $PWD", { uid: 65_534, gid: 65_534, cwd: "/tmp" }),
      run("kill -TERM $$"),
    ]);
    expect(results).toEqual([
      "early\n/root\n0\nbad\n[7]",
      expect.stringMatching(/^what comes in\n(.*\n)*WORD=with a space\n$/),
      "65534:65534 in /tmp\n",
      "[143]",
    ]);
    await bench.end(id);
  });

  test("runs one command after the other in what waits for them", async () => {
    const { id } = await early("waiting");
    const waits = "tr '\\0' ' ' </proc/$PPID/cmdline | grep -q org.lodge.call && echo waited; ";
    expect(await bench.output(id, `${waits} printf 'a\\0b'; printf bad >&2; trap : INT; kill -INT $$; exit 7`)).toBe(
      "waited\na\0bbad[7]",
    );
    expect(await bench.output(id, `${waits} cat; pwd; hostname; (sleep 1; echo later) &`)).toBe(
      "waited\n/root\nwaiting\nlater\n",
    );
    expect(await bench.output(id, `${waits} kill -INT $$`)).toBe("waited\n[130]");
    expect(await bench.output(id, `${waits} exec no-such-program`)).toMatch(/not found\n\[127\]$/);
    await bench.end(id);
  });

  test("loses nothing of what lasts, or is more than a pipe holds: sshd takes it over", async () => {
    const { id } = await early("lasting");
    const exec = (script: string) =>
      bench.driver.exec(id, { command: ["/bin/sh", "-c", script], environment: {}, uid: 0, gid: 0 });
    const lasting = await exec("echo begun; sleep 1000");
    lasting.stdin.end();
    const [much, left] = await Promise.all([
      bench.output(id, `${parent} seq 100000 | sha256sum >&2; seq 100000`),
      bench.output(id, "echo here; sleep 1000 &"),
    ]);
    const numbers = Array.from({ length: 100_000 }, (_none, index) => `${index + 1}\n`).join("");
    expect(much.startsWith(`early\n${numbers}`)).toBe(true);
    expect(much.slice(`early\n${numbers}`.length)).toMatch(
      new RegExp(`^${createHash("sha256").update(numbers).digest("hex")} `),
    );
    expect(left).toBe("here\n");
    // It is heard while it runs, and can be ended.
    const [first] = await once(lasting.stdout, "data");
    expect(String(first)).toBe("begun\n");
    lasting.signal(15);
    expect(await lasting.exit).toBe(143);
    await bench.end(id);
  });

  test("waits for it where a command needs a terminal, or its input goes on", async () => {
    const { id } = await early("patient");
    const request = { command: ["/bin/sh", "-c", "cat"], environment: {}, uid: 0, gid: 0 };
    const open = await bench.driver.exec(id, request);
    open.stdin.write("a word");
    const [word] = await once(open.stdout, "data");
    expect(String(word)).toBe("a word");
    open.signal(9);
    expect(await open.exit).toBe(137);
    await bench.end(id);
    const other = await early("terminal");
    const terminal = { columns: 80, rows: 24 };
    expect(await bench.output(other.id, "tty", { terminal })).toMatch(/^\/dev\/pts\/\d+\r\n$/);
    await bench.end(other.id);
  });

  test("is reached by the daemon that comes next, too", async () => {
    const { id, name } = await early("adopted");
    await bench.nextDriver();
    bench.readies.length = 0;
    await bench.driver.reconcile([{ ...source, id, name }, source]);
    await bench.untilReady(id);
    expect(await bench.output(id, "hostname")).toBe("adopted\n");
    await bench.end(id);
    await bench.untilReady(source.id);
  });
});

test("a shared state outlives the daemon, and damage is told", async () => {
  const kept = await states.keep(source, { form: "shared", afterwards: "run" });
  expect(statSync(join(kept.path, "memory")).size).toBe(128 * 2 ** 20);
  expect(existsSync(join(kept.path, "holder.log"))).toBe(false);
  await bench.nextDriver();
  bench.readies.length = 0;
  await bench.driver.reconcile([source]);
  await bench.untilReady(source.id);
  const child = await grow(kept, "later");
  expect(await bench.output(child.id, past)).toBe("before\nbefore\nalive\n");
  await bench.end(child.id);
  await bench.driver.letGoOfState(kept.path);
  execFileSync("dd", [
    "if=/dev/zero",
    `of=${join(kept.path, "memory")}`,
    "bs=4096",
    "count=1",
    "seek=1000",
    "conv=notrunc",
  ]);
  await expect(fork(kept, "damaged")).rejects.toMatchObject({ code: "state_unusable" });
  rmSync(join(kept.path, "memory"));
  await expect(fork(kept, "gone")).rejects.toMatchObject({ code: "state_unusable" });
});
