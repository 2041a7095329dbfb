import { join } from "node:path";
import type { NetworkCard, Resources } from "@lodge/api";
import type { PciFunction } from "../pci-functions.ts";
import { linkedName, namesIn, readText } from "../sys-files.ts";
import { nowhere, pciAddressOf, pciPlace } from "./pci-place.ts";

/** Interfaces of hardware: what the kernel makes up (bridges, veth pairs) is on no device. */
export async function readNetworkCards(
  functions: ReadonlyMap<string, PciFunction>,
  sys = "/sys",
): Promise<Resources["network"]> {
  const root = join(sys, "class/net");
  const found = await Promise.all(
    (await namesIn(root)).map(async (name) => {
      const at = join(root, name);
      const device = await linkedName(join(at, "device"));
      return device === undefined ? [] : [{ device, at, name, address: await pciAddressOf(join(at, "device")) }];
    }),
  );
  // A card with several ports is one function with several interfaces.
  const byCard = Map.groupBy(found.flat(), ({ address, device }) => address || device);
  const cards = await Promise.all(
    [...byCard.values()].map(async (interfaces): Promise<NetworkCard> => {
      const pci = functions.get(interfaces[0]?.address ?? "");
      const ports = await Promise.all(interfaces.map(({ at, name }) => readPort(at, name)));
      return { ...(pci ? await pciPlace(pci, sys) : nowhere), firmware_version: "", ports };
    }),
  );
  return { cards, total: cards.length };
}

async function readPort(at: string, name: string): Promise<NetworkCard["ports"][number]> {
  const read = (file: string) => readText(join(at, file));
  const [address, port, type, carrier, speed, duplex] = await Promise.all(
    ["address", "dev_port", "type", "carrier", "speed", "duplex"].map(read),
  );
  return {
    id: name,
    address: address ?? "",
    port: Number(port) || 0,
    // Of linux/if_arp.h.
    protocol: type === "32" ? "infiniband" : "ethernet",
    auto_negotiation: false,
    link_detected: carrier === "1",
    ...(Number(speed) > 0 && { link_speed: Number(speed) }),
    ...((duplex === "full" || duplex === "half") && { link_duplex: duplex }),
  };
}
