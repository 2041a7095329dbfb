/** A machine's hardware on a real QEMU: what it starts with, and what it gets and loses while it runs. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AttachedDisk, DiskBus, InstanceId, InstanceNic, InstanceSpec } from "@lodge/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Bench, createBench } from "./testing/bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await createBench();
}, 300_000);
afterAll(() => bench.close());

const mebibyte = 2 ** 20;

/** A file of the host that only root may read, to be a disk. */
function disk(name: string, more: Partial<AttachedDisk> = {}): AttachedDisk {
  const source = join(bench.root, `${name}.img`);
  const format = more.format ?? "raw";
  if (format === "qcow2") execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", source, `${4 * mebibyte}`]);
  else writeFileSync(source, Buffer.alloc(4 * mebibyte));
  chmodSync(source, 0o600);
  const plain = { type: "disk", name, source, format, readonly: false, required: true } as const;
  return { ...plain, shift: true, recursive: false, ...more };
}

const namespace = `lodge-qemu-${randomBytes(3).toString("hex")}`;
const ip = (...args: string[]) => execFileSync("ip", ["-n", namespace, ...args]);

function nic(device: string, index: number, more: Partial<InstanceNic> = {}): InstanceNic {
  const hostInterface = `tap-${device}`;
  ip("tuntap", "add", "mode", "tap", "vnet_hdr", "name", hostInterface);
  const place = { kind: "tap", hostInterface, fabricNamespace: `/run/netns/${namespace}` } as const;
  return { device, mac: `00:16:3e:12:34:0${index}`, mtu: 1400, ...place, ...more } as InstanceNic;
}

beforeAll(() => {
  execFileSync("ip", ["netns", "add", namespace]);
});
afterAll(() => {
  execFileSync("ip", ["netns", "delete", namespace]);
});

const start = (spec: InstanceSpec) => bench.driver.start(spec, AbortSignal.timeout(60_000));

describe("while a machine runs", () => {
  let spec: InstanceSpec;
  let id: InstanceId;
  const guest = (script: string) => bench.output(id, script);
  const until = (script: string, expected: string | RegExp) =>
    vi.waitFor(async () => expect(await guest(script)).toMatch(expected), { timeout: 30_000, interval: 200 });

  beforeAll(async () => {
    spec = bench.makeSpec({ devices: [disk("first")], nics: [nic("eth0", 1)] });
    id = spec.id;
    await start(spec);
    await bench.untilReady(id);
  });
  afterAll(() => bench.end(id));

  test("a disk comes and goes", async () => {
    const added = disk("added", { format: "qcow2" });
    await bench.driver.plug(spec, added);
    await until("cat /sys/block/vdc/size", `${(4 * mebibyte) / 512}`);
    expect(await guest("cat /sys/block/vdc/serial; echo content >/dev/vdc; sync; head -c 7 /dev/vdc")).toBe(
      "addedcontent",
    );
    expect([...(await bench.driver.plugged(id))].sort()).toEqual(["added", "eth0", "first"]);
    await bench.driver.unplug(id, "added");
    expect(await guest("ls /sys/block")).not.toContain("vdc");
    await bench.driver.unplug(id, "added");
    expect(statSync(added.source)).toMatchObject({ uid: 0, gid: 0 });
    execFileSync("qemu-io", ["-f", "qcow2", "-c", "read -P 0x63 0 1", added.source]);
  });

  test("a disk that it started with goes, too, and comes again", async () => {
    await bench.driver.unplug(id, "first");
    expect(await guest("ls /sys/block")).not.toContain("vdb");
    await bench.driver.plug(spec, disk("first", { readonly: true }));
    await until("cat /sys/block/vdb/ro", /^1$/m);
  });

  test.each<[DiskBus, string, string]>([
    ["nvme", "modprobe nvme", "nvme0n1"],
    ["virtio-scsi", "modprobe -a virtio_scsi sd_mod", "sda"],
  ])("%s", async (bus, modules, name) => {
    await guest(modules);
    await bench.driver.plug(spec, disk(bus, { bus }));
    await until("ls /sys/block", name);
    await bench.driver.unplug(id, bus);
    await vi.waitFor(async () => expect(await guest("ls /sys/block")).not.toContain(name), { timeout: 30_000 });
  });

  test("an ISO is a CD-ROM", async () => {
    await guest("modprobe -a virtio_scsi sr_mod");
    await bench.driver.plug(spec, disk("iso", { format: "iso" }));
    await until("ls /sys/block", "sr0");
    await bench.driver.unplug(id, "iso");
    await bench.driver.plug(spec, disk("usb-iso", { format: "iso", bus: "usb" }));
    await bench.driver.unplug(id, "usb-iso");
    await expect(bench.driver.plug(spec, disk("ahci", { bus: "ahci" }))).rejects.toThrow("ahci takes no disks");
  });

  test("a nic comes and goes", async () => {
    const { device, mac } = nic("eth1", 2);
    await bench.driver.plugNic(id, { ...nic("eth2", 3), device, mac });
    await until("cat /sys/class/net/*/address", mac);
    ip("address", "add", "10.98.0.1/24", "dev", "tap-eth2");
    ip("link", "set", "tap-eth2", "up");
    const name = (await guest(`grep -l ${mac} /sys/class/net/*/address`)).split("/")[4];
    const steps = `ip link set ${name} up; ip addr add 10.98.0.2/24 dev ${name}; ping -c 1 -w 10 10.98.0.1`;
    expect(await guest(`${steps} >/dev/null && echo reached; cat /sys/class/net/${name}/mtu`)).toBe("reached\n1400\n");
    await bench.driver.unplugNic(id, device);
    expect(await guest("cat /sys/class/net/*/address")).not.toContain(mac);
    await bench.driver.unplugNic(id, device);
  });

  test("the next daemon knows what is plugged", async () => {
    await bench.driver.plug(spec, disk("kept"));
    await bench.nextDriver();
    await bench.driver.reconcile([spec]);
    await vi.waitFor(
      async () => expect([...(await bench.driver.plugged(id))].sort()).toEqual(["eth0", "first", "kept"]),
      { timeout: 30_000 },
    );
    await bench.driver.unplug(id, "kept");
  });

  test("a file that another machine writes is refused, by both ways, and leaves nothing", async () => {
    const shared = disk("shared");
    await bench.driver.plug(spec, shared);
    const other = bench.makeSpec({ devices: [shared] });
    await expect(start(other)).rejects.toMatchObject({
      code: "device_source_busy",
      message: expect.stringContaining(shared.source),
    });
    await bench.driver.release(other.id);
    await bench.driver.unplug(id, "shared");
    await start(other);
    await expect(bench.driver.plug(spec, shared)).rejects.toMatchObject({ code: "device_source_busy" });
    expect(await bench.driver.plugged(id)).not.toContain("shared");
    await bench.end(other.id);
    await bench.driver.plug(spec, shared);
  });

  test("a guest that does not react keeps its device", async () => {
    await bench.driver.pause(id);
    await expect(bench.driver.unplug(id, "first")).rejects.toMatchObject({ code: "instance_wrong_state" });
    expect(await bench.driver.plugged(id)).toContain("first");
    await bench.driver.resume(id);
  });
});

test("QEMU takes a root disk and others on every bus, and every model of nic", async () => {
  const buses: DiskBus[] = ["virtio-blk", "virtio-scsi", "nvme", "ahci", "usb"];
  const isos = (["virtio-blk", "virtio-scsi", "ahci", "usb"] as const).map((bus) =>
    disk(`cd-${bus}`, { format: "iso", bus }),
  );
  const nics = (["virtio", "e1000", "e1000e"] as const).map((model, i) => nic(`n${i}`, i, { model, bootPriority: i }));
  for (const bus of buses) {
    const devices = buses.map((each) => disk(`disk-${each}`, { bus: each, format: "qcow2" }));
    const all = bus === "virtio-blk" ? { devices: [...devices, ...isos], nics } : {};
    const spec = bench.makeSpec({ rootDisk: { device: "root", bus }, ...all });
    await start(spec);
    expect(await bench.driver.plugged(spec.id)).toHaveLength((all.devices ?? []).length + (all.nics ?? []).length);
    await bench.end(spec.id);
  }
});

test("a missing source fails the start unless it need not be there", async () => {
  const missing = { ...disk("missing"), source: "/nowhere.img" };
  const broken = bench.makeSpec({ devices: [missing] });
  await expect(start(broken)).rejects.toMatchObject({ code: "device_source_invalid" });
  await bench.driver.release(broken.id);
  const spec = bench.makeSpec({ devices: [{ ...missing, required: false }] });
  await start(spec);
  expect(await bench.driver.plugged(spec.id)).toEqual([]);
  await bench.end(spec.id);
});

test("its processor and its ports are kept from run to run", async () => {
  const two = bench.makeSpec({ nics: [nic("a", 4), nic("b", 5)] });
  const model = async (spec: InstanceSpec) => {
    await start(spec);
    const { vm } = await bench.driver.observe(spec.id);
    await bench.end(spec.id);
    return vm?.processor;
  };
  expect(await model(two)).toBe("max");
  expect(await model({ ...two, nics: two.nics.slice(1) })).toMatch(/^max, as of QEMU \d/);
  expect(await model({ ...two, config: { ...two.config, "limits.cpu.model": "Nehalem-v1" } })).toBe("Nehalem-v1");
  const record = readFileSync(join(bench.paths.instance(two.id), "hardware.json"), "utf8");
  expect(JSON.parse(record)).toMatchObject({ ports: { "dev-a": 0, "dev-b": 1 } });
});

describe("firmware", () => {
  test("Secure Boot has variables of its own, which only root reaches by name", async () => {
    const spec = bench.makeSpec({ config: { "security.secureboot": "true" } });
    await start(spec);
    expect((await bench.driver.observe(spec.id)).vm).toMatchObject({ firmware: "uefi", secureBoot: true });
    const file = join(bench.root, `${spec.id}.state`, "OVMF_VARS_4M.ms.fd");
    expect(statSync(file)).toMatchObject({ uid: 0, size: 540_672 });
    await bench.end(spec.id);
  });

  test.each([
    [{ "security.csm": "false" }, "uefi"],
    [{ "security.csm": "true" }, "bios"],
  ])("with %j a disk without a kernel to load is started by %s", async (config, firmware) => {
    const { directBoot: _, ...disk } = bench.makeSpec().root as Extract<InstanceSpec["root"], { kind: "disk" }>;
    const spec = { ...bench.makeSpec({ config }), root: disk };
    await start(spec);
    expect((await bench.driver.observe(spec.id)).vm).toMatchObject({ boot: "firmware", firmware });
    await bench.end(spec.id);
  });

  test("the disk decides, once", async () => {
    const { directBoot: _, ...root } = bench.makeSpec().root as Extract<InstanceSpec["root"], { kind: "disk" }>;
    const spec = { ...bench.makeSpec(), root };
    const firmware = async (config: Record<string, string>) => {
      await start({ ...spec, config: { ...spec.config, ...config } });
      const { vm } = await bench.driver.observe(spec.id);
      await bench.end(spec.id);
      return vm?.firmware;
    };
    expect(await firmware({})).toBe("uefi");
    expect(await firmware({ "security.csm": "true" })).toBe("bios");
    execFileSync("qemu-io", ["-f", "qcow2", "-c", "write -z 0 1M", root.path]);
    const bootSector = ["write -P 0x55 0 511", "write -P 0xaa 511 1"].flatMap((write) => ["-c", write]);
    execFileSync("qemu-io", ["-f", "qcow2", ...bootSector, root.path]);
    expect(await firmware({})).toBe("uefi");
    // Rebuilt from another image.
    expect(await firmware({ "volatile.base_image": "other" })).toBe("bios");
  });
});

describe("a TPM", () => {
  let spec: InstanceSpec;
  const processes = () => bench.cgroups.processes(`${spec.id}/tpm`);
  const gone = () => vi.waitFor(async () => expect(await processes()).toEqual([]), { timeout: 10_000 });

  beforeAll(() => {
    spec = bench.makeSpec({ devices: [{ type: "tpm", name: "tpm" }] });
  });
  afterAll(() => bench.end(spec.id));

  test("is the guest's, and a process of the instance's user", async () => {
    await start(spec);
    expect((await bench.driver.observe(spec.id)).vm).toMatchObject({ tpm: true });
    const [pid] = await processes();
    expect(readFileSync(`/proc/${pid}/status`, "utf8")).toMatch(/^Uid:\t2000000000\t/m);
    await bench.untilReady(spec.id);
    expect(await bench.output(spec.id, "cat /sys/class/tpm/tpm0/tpm_version_major")).toBe("2\n");
    const state = join(bench.root, `${spec.id}.state`, "tpm");
    expect(statSync(state)).toMatchObject({ uid: 2_000_000_000 });
    expect(readdirSync(state)).toContain("tpm2-00.permall");
  });

  test("outlives the daemon, which tells it from QEMU", async () => {
    const before = await bench.driver.observe(spec.id);
    await bench.nextDriver();
    await bench.driver.reconcile([spec]);
    expect((await bench.driver.observe(spec.id)).pid).toBe(before.pid);
    expect(await processes()).toHaveLength(1);
  });

  test("ends when QEMU is gone, however that ended", async () => {
    process.kill((await bench.driver.observe(spec.id)).pid, "SIGKILL");
    await gone();
    await bench.untilExited(spec.id);
    await bench.end(spec.id);
  });

  test("comes with the next run, with its state", async () => {
    await start(spec);
    expect(await processes()).toHaveLength(1);
    await bench.driver.kill(spec.id);
    await gone();
    await bench.driver.release(spec.id);
    expect(await bench.cgroups.list()).not.toContain(spec.id);
  });
});
