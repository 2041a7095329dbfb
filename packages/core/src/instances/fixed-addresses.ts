import { isTrue, LodgeError } from "@lodge/api";
import { gatewayOf } from "../networks/definition.ts";
import { addressValue, contains, parseSubnet } from "../networks/subnets.ts";
import type { NetworkRecord } from "../store.ts";
import type { Nic } from "./devices/nics.ts";
import { invalidDevice } from "./devices/refusal.ts";

/** What instances have, by the end of its volatile key, each with the name of the instance; empty: the nic's own. */
export type HolderOf = (suffix: string) => ReadonlyMap<string, string>;

/**
 * Refuses addresses that a nic asks for and cannot have. `network` is missing for a nic on an interface of the host, whose LAN nobody here
 * knows.
 */
export function checkFixedAddresses(
  owner: string,
  nic: Nic,
  network: NetworkRecord | undefined,
  taken: HolderOf,
): void {
  refuseTaken(owner, nic.device, "hwaddr", nic.mac, taken(".hwaddr"));
  if (!network) return;
  for (const family of ["ipv4", "ipv6"] as const) {
    const address = nic[family];
    if (address === undefined) continue;
    checkInside(owner, nic.device, network, family, address);
    refuseTaken(owner, nic.device, `${family}.address`, address, taken(`.${family}_address`));
  }
  if (nic.ipv6 !== undefined && !isTrue(network.config["ipv6.dhcp.stateful"])) {
    throw invalidDevice(
      owner,
      nic.device,
      `ipv6.address needs ipv6.dhcp.stateful=true on network "${network.name}", whose instances form their addresses`,
    );
  }
}

function checkInside(
  owner: string,
  device: string,
  { name, config }: NetworkRecord,
  family: "ipv4" | "ipv6",
  address: string,
): void {
  const subnet = gatewayOf(config[`${family}.address`]);
  const refuse = (problem: string) => invalidDevice(owner, device, `${family}.address ${address} ${problem}`);
  if (!contains(subnet, address)) {
    throw refuse(`is not inside network "${name}" (${subnet || `which has no ${family}.address`})`);
  }
  if (subnet.startsWith(`${address}/`)) throw refuse(`is the gateway of network "${name}"`);
  const range = parseSubnet(subnet);
  const value = addressValue(address);
  if (value === range?.first || (family === "ipv4" && value === range?.last)) {
    throw refuse(`is the first or last of network "${name}"`);
  }
}

function refuseTaken(
  owner: string,
  device: string,
  key: string,
  value: string | undefined,
  taken: ReadonlyMap<string, string>,
): void {
  const holder = value === undefined ? undefined : taken.get(value);
  if (holder === undefined) return;
  throw new LodgeError({
    code: "network_address_taken",
    message: `${key}=${value} of nic "${device}" of ${owner} is taken by ${holder ? `instance "${holder}"` : "another of its nics"}; choose another.`,
  });
}
