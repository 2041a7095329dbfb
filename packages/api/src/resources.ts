import { z } from "zod";

const count = z.int().nonnegative();
/** The NUMA node that something hangs on; 0 on hosts with one. */
const numaNode = count;

const cpuThreadSchema = z.object({
  /** The kernel's number of the processor. */
  id: count,
  numa_node: numaNode,
  /** Its number within its core. */
  thread: count,
  online: z.boolean(),
  /** The kernel was told to schedule nothing there. */
  isolated: z.boolean(),
});

const cpuCoreSchema = z.object({
  core: count,
  die: count,
  /** MHz now; 0 when it is not known. */
  frequency: count,
  threads: z.array(cpuThreadSchema),
});

const cpuSocketSchema = z.object({
  name: z.string(),
  vendor: z.string(),
  socket: count,
  cache: z.array(
    z.object({
      level: count,
      /** `Data`, `Instruction` or `Unified`. */
      type: z.string(),
      /** Bytes. */
      size: count,
    }),
  ),
  cores: z.array(cpuCoreSchema),
  /** MHz, the mean of its cores; with the least and the most that it can run at. 0 when it is not known. */
  frequency: count,
  frequency_minimum: count,
  frequency_turbo: count,
});
export type CpuSocket = z.infer<typeof cpuSocketSchema>;

/** Bytes. */
const memoryAmounts = z.object({
  used: count,
  total: count,
  hugepages_used: count,
  hugepages_total: count,
});
export type MemoryAmounts = z.infer<typeof memoryAmounts>;

const identified = z.object({
  /** Four hexadecimal digits. */
  vendor_id: z.string(),
  product_id: z.string(),
  /** Names are empty where the host has no list of them. */
  vendor: z.string(),
  product: z.string(),
});

const pciPlaced = identified.extend({
  driver: z.string(),
  driver_version: z.string(),
  numa_node: numaNode,
  /** `0000:01:00.0`; empty for what is not on PCI. */
  pci_address: z.string(),
});

const gpuCardSchema = pciPlaced.extend({
  /** Missing while no driver shows it in /dev/dri. */
  drm: z
    .object({
      id: count,
      card_name: z.string(),
      /** `226:0`. */
      card_device: z.string(),
      control_name: z.string(),
      control_device: z.string(),
      render_name: z.string(),
      render_device: z.string(),
    })
    .optional(),
});
export type GpuCard = z.infer<typeof gpuCardSchema>;

const networkCardSchema = pciPlaced.extend({
  firmware_version: z.string(),
  ports: z.array(
    z.object({
      /** `eth0`. */
      id: z.string(),
      address: z.string(),
      port: count,
      protocol: z.string(),
      auto_negotiation: z.boolean(),
      link_detected: z.boolean(),
      /** Mbit/s; missing when the port does not say. */
      link_speed: count.optional(),
      link_duplex: z.string().optional(),
    }),
  ),
});
export type NetworkCard = z.infer<typeof networkCardSchema>;

const storageDiskSchema = z.object({
  /** `vda`. */
  id: z.string(),
  /** `254:0`. */
  device: z.string(),
  /** Below /dev/disk/by-path; empty when it has no name there. */
  device_path: z.string(),
  /** Below /dev/disk/by-id. */
  device_id: z.string(),
  model: z.string(),
  serial: z.string(),
  wwn: z.string(),
  firmware_version: z.string(),
  /** `nvme`, `scsi`, `virtio`… */
  type: z.string(),
  read_only: z.boolean(),
  removable: z.boolean(),
  /** Bytes. */
  size: count,
  block_size: count,
  /** 1 for what turns (its speed is not known), 0 for what does not. */
  rpm: count,
  numa_node: numaNode,
  pci_address: z.string(),
  partitions: z.array(
    z.object({ id: z.string(), device: z.string(), read_only: z.boolean(), size: count, partition: count }),
  ),
});
export type StorageDisk = z.infer<typeof storageDiskSchema>;

const usbDeviceSchema = identified.extend({
  bus_address: count,
  device_address: count,
  /** Mbit/s. */
  speed: z.number(),
  interfaces: z.array(
    z.object({
      number: count,
      class_id: count,
      class: z.string(),
      subclass_id: count,
      subclass: z.string(),
      driver: z.string(),
      driver_version: z.string(),
    }),
  ),
});
export type ResourceUsbDevice = z.infer<typeof usbDeviceSchema>;

const pciDeviceSchema = pciPlaced.extend({
  /** 0 for what no IOMMU keeps apart. */
  iommu_group: count,
});
export type ResourcePciDevice = z.infer<typeof pciDeviceSchema>;

/** What the firmware says of the computer; empty where it says nothing. */
const systemSchema = z.object({
  uuid: z.string(),
  vendor: z.string(),
  product: z.string(),
  family: z.string(),
  version: z.string(),
  sku: z.string(),
  serial: z.string(),
  /** `physical`, `virtual-machine` or `container`. */
  type: z.enum(["physical", "virtual-machine", "container"]),
});
export type ResourceSystem = z.infer<typeof systemSchema>;

/** `GET /1.0/resources`: the host's hardware (LXD's extensions `resources` and `resources_v2`). */
export const resourcesSchema = z.object({
  cpu: z.object({ architecture: z.string(), sockets: z.array(cpuSocketSchema), total: count }),
  memory: memoryAmounts.extend({
    nodes: z.array(memoryAmounts.extend({ numa_node: numaNode })),
    /** Bytes of one. */
    hugepages_size: count,
  }),
  gpu: z.object({ cards: z.array(gpuCardSchema), total: count }),
  network: z.object({ cards: z.array(networkCardSchema), total: count }),
  storage: z.object({ disks: z.array(storageDiskSchema), total: count }),
  usb: z.object({ devices: z.array(usbDeviceSchema), total: count }),
  pci: z.object({ devices: z.array(pciDeviceSchema), total: count }),
  system: systemSchema,
});
export type Resources = z.infer<typeof resourcesSchema>;
