import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { resourcesSchema } from "@lodge/api";
import { afterAll, expect, it } from "vitest";
import { readResources } from "./resources.ts";

const root = mkdtempSync(join(tmpdir(), "lodge-resources-"));
afterAll(() => rmSync(root, { recursive: true }));
const kernel = { sys: join(root, "sys"), proc: join(root, "proc"), dev: join(root, "dev") };

/** Files by their path below the root, with what is in them; links as `-> target`. */
function lay(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    if (text.startsWith("-> ")) symlinkSync(join(root, text.slice(3)), path);
    else writeFileSync(path, `${text}\n`);
  }
}

const cpu = (id: number, socket: number, core: number, shared: string) => {
  const at = `sys/devices/system/cpu/cpu${id}`;
  lay({
    ...{ [`${at}/topology/physical_package_id`]: `${socket}`, [`${at}/topology/core_id`]: `${core}` },
    ...{ [`${at}/topology/die_id`]: "-1", [`${at}/online`]: id === 3 ? "0" : "1", [`${at}/node${socket}/x`]: "" },
    ...{ [`${at}/cpufreq/scaling_cur_freq`]: "2400000", [`${at}/cpufreq/cpuinfo_max_freq`]: "3600000" },
    ...{ [`${at}/cache/index0/level`]: "1", [`${at}/cache/index0/type`]: "Data", [`${at}/cache/index0/size`]: "32K" },
    ...{ [`${at}/cache/index0/shared_cpu_list`]: shared },
  });
};
cpu(0, 0, 0, "0-1");
cpu(1, 0, 0, "0-1");
cpu(2, 1, 5, "2-3");
cpu(3, 1, 5, "2-3");

const nic = "sys/devices/pci0000:00/0000:00:03.0";
const disk = "sys/devices/pci0000:00/0000:00:04.0/virtio1";
const gpu = "sys/devices/pci0000:00/0000:00:02.0";
lay({
  "sys/devices/system/cpu/isolated": "2-3",
  "proc/cpuinfo": [0, 1, 2, 3]
    .map((id) => `processor\t: ${id}\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC\nflags\t: fpu hypervisor\n`)
    .join("\n"),
  "proc/meminfo":
    "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\nHugePages_Total: 4\nHugePages_Free: 1\nHugepagesize: 2048 kB",
  "sys/devices/system/node/node0/meminfo":
    "Node 0 MemTotal: 1000 kB\nNode 0 MemFree: 100 kB\nNode 0 FilePages: 200 kB\nNode 0 HugePages_Total: 4\nNode 0 HugePages_Free: 1",
  ...{ [`${nic}/class`]: "0x020000", [`${nic}/vendor`]: "0x8086", [`${nic}/device`]: "0x10d3" },
  ...{ [`${nic}/numa_node`]: "-1", [`${nic}/net/eth0/address`]: "00:16:3e:00:00:01", [`${nic}/net/eth0/type`]: "1" },
  ...{ [`${nic}/net/eth0/carrier`]: "1", [`${nic}/net/eth0/speed`]: "10000", [`${nic}/net/eth0/duplex`]: "full" },
  ...{ "sys/bus/pci/drivers/e1000e/x": "", [`${nic}/driver`]: "-> sys/bus/pci/drivers/e1000e" },
  ...{ [`${nic}/net/eth0/device`]: `-> ${nic}`, "sys/class/net/eth0": `-> ${nic}/net/eth0` },
  "sys/class/net/lodgebr0/address": "00:16:3e:00:00:02",
  ...{ [`${gpu}/class`]: "0x030000", [`${gpu}/vendor`]: "0x1234", [`${gpu}/device`]: "0x1111" },
  ...{ [`${gpu}/drm/card1/dev`]: "226:1", [`${gpu}/drm/renderD128/dev`]: "226:128" },
  ...{ [`${disk}/block/vda/size`]: "2048", [`${disk}/block/vda/dev`]: "254:0", [`${disk}/block/vda/ro`]: "0" },
  ...{ [`${disk}/block/vda/serial`]: "s1", [`${disk}/block/vda/queue/logical_block_size`]: "512" },
  ...{ [`${disk}/block/vda/vda1/partition`]: "1", [`${disk}/block/vda/vda1/size`]: "1024" },
  ...{ [`${disk}/block/vda/vda1/dev`]: "254:1", "sys/bus/virtio/x": "", [`${disk}/subsystem`]: "-> sys/bus/virtio" },
  ...{ [`${disk}/block/vda/device`]: `-> ${disk}`, "sys/block/vda": `-> ${disk}/block/vda` },
  ...{ "sys/block/loop0/size": "8", "dev/vda": "", "dev/disk/by-id/virtio-s1": "-> dev/vda" },
  ...{ "sys/bus/usb/devices/1-1/busnum": "1", "sys/bus/usb/devices/1-1/devnum": "3" },
  ...{ "sys/bus/usb/devices/1-1/idVendor": "1d6b", "sys/bus/usb/devices/1-1/idProduct": "0002" },
  ...{ "sys/bus/usb/devices/1-1/speed": "480", "sys/bus/usb/devices/1-1:1.0/bInterfaceClass": "0e" },
  "sys/class/dmi/id/sys_vendor": "QEMU",
});
for (const [address, at] of Object.entries({ "0000:00:02.0": gpu, "0000:00:03.0": nic }))
  lay({ [`sys/bus/pci/devices/${address}`]: `-> ${at}` });

it("tells of the host's hardware what the kernel tells, in LXD's form", async () => {
  const found = resourcesSchema.parse(await readResources(kernel));
  expect(found.cpu.total).toBe(4);
  expect(found.cpu.sockets).toHaveLength(2);
  expect(found.cpu.sockets[1]).toEqual({
    ...{ name: "AMD EPYC", vendor: "AuthenticAMD", socket: 1 },
    ...{ frequency: 2400, frequency_minimum: 0, frequency_turbo: 3600 },
    cache: [{ level: 1, type: "Data", size: 32768 }],
    cores: [
      {
        ...{ core: 5, die: 0, frequency: 2400 },
        threads: [
          { id: 2, numa_node: 1, thread: 0, online: true, isolated: true },
          { id: 3, numa_node: 1, thread: 1, online: false, isolated: true },
        ],
      },
    ],
  });
  const huge = { hugepages_used: 3 * 2 ** 21, hugepages_total: 4 * 2 ** 21 };
  expect(found.memory).toEqual({
    ...{ used: 600 * 1024, total: 1000 * 1024, ...huge, hugepages_size: 2 ** 21 },
    nodes: [{ numa_node: 0, used: 700 * 1024, total: 1000 * 1024, ...huge }],
  });
  expect(found.network.cards).toMatchObject([
    {
      ...{ driver: "e1000e", pci_address: "0000:00:03.0", vendor_id: "8086", product_id: "10d3", numa_node: 0 },
      ports: [{ id: "eth0", protocol: "ethernet", link_detected: true, link_speed: 10000, link_duplex: "full" }],
    },
  ]);
  expect(found.gpu.cards).toMatchObject([
    { pci_address: "0000:00:02.0", drm: { id: 1, card_device: "226:1", render_name: "renderD128" } },
  ]);
  expect(found.storage.disks).toMatchObject([
    {
      ...{ id: "vda", device: "254:0", type: "virtio", size: 2 ** 20, serial: "s1", device_id: "virtio-s1" },
      ...{ pci_address: "0000:00:04.0", block_size: 512 },
      partitions: [{ id: "vda1", device: "254:1", partition: 1, size: 2 ** 19 }],
    },
  ]);
  expect(found.usb.devices).toMatchObject([
    { bus_address: 1, device_address: 3, vendor_id: "1d6b", speed: 480, interfaces: [{ class_id: 14 }] },
  ]);
  expect(found.pci.total).toBe(2);
  expect(found.system).toMatchObject({ vendor: "QEMU", type: "virtual-machine" });
});

it("is as empty as the host on which nothing can be read", async () => {
  const nowhere = join(root, "nowhere");
  const found = resourcesSchema.parse(await readResources({ sys: nowhere, proc: nowhere, dev: nowhere }));
  expect(found).toMatchObject({ cpu: { sockets: [] }, storage: { disks: [], total: 0 }, pci: { devices: [] } });
});
