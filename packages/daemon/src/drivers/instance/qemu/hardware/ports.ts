import { type DeviceProperties, deviceArguments } from "./device.ts";

/**
 * Places on PCI Express. All are given, so that what one instance lacks does not move what another has: guests name devices by
 * them, and some systems take a device that moved for a new one.
 */
export const slots = { root: "0x2", scsi: "0x3", growth: "0x1a", rng: "0x1b", channels: "0x1c", usb: "0x1d" } as const;
/** The first of the slots of root ports, eight to a slot. */
const firstPortSlot = 0x10;

/** Root ports at least, and how many of them are free at an instance's start at least. */
const least = { ports: 8, free: 4 };
/** As many as fit below the slots of what every machine has. */
const most = 64;

/** Which port a device has: kept for an instance's life. By QEMU's id. */
export type PortMap = Readonly<Record<string, number>>;

/**
 * Gives each of these devices a port: the one that it had, else the first that none of them has or had. When all are taken, devices that
 * are not there any more give theirs up. Undefined: there are not enough.
 */
export function assignPorts(kept: PortMap, ids: readonly string[], limit = most): PortMap | undefined {
  const ports = new Map<string, number>();
  for (const id of ids) if ((kept[id] ?? limit) < limit) ports.set(id, kept[id] ?? limit);
  const remembered = new Map(Object.entries(kept).filter(([id]) => !ids.includes(id)));
  for (const id of ids) {
    if (ports.has(id)) continue;
    const taken = new Set(ports.values());
    const reserved = new Set(remembered.values());
    const all = Array.from({ length: limit }, (_, port) => port).filter((port) => !taken.has(port));
    const port = all.find((candidate) => !reserved.has(candidate)) ?? all[0];
    if (port === undefined) return undefined;
    for (const [name, old] of remembered) if (old === port) remembered.delete(name);
    ports.set(id, port);
  }
  return Object.fromEntries([...ports, ...remembered]);
}

/** How many root ports a machine gets. */
export function portCount(ports: PortMap, ids: readonly string[]): number {
  const highest = Math.max(-1, ...ids.map((id) => ports[id] ?? -1));
  return Math.min(most, Math.max(least.ports, highest + 1 + least.free));
}

export const portBus = (port: number): string => `port${port}`;

/** Each takes one device, also while the guest runs. */
export function portArguments(count: number): string[] {
  return Array.from({ length: count }, (_, port) => deviceArguments(rootPort(port))).flat();
}

function rootPort(port: number): DeviceProperties {
  const part = port % 8;
  return {
    driver: "pcie-root-port",
    id: portBus(port),
    chassis: port + 1,
    addr: `0x${(firstPortSlot + Math.floor(port / 8)).toString(16)}.${part}`,
    ...(part === 0 && { multifunction: true }),
  };
}
