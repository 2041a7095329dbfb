import { forwardConfigKeys, LodgeError } from "@lodge/api";
import type { NetworkForwardRecord, NetworkRecord } from "../store.ts";
import { checkKeys } from "./configuration.ts";
import { gatewayOf, isIsolated } from "./definition.ts";
import { portRules, portTakenTwice } from "./forward-ports.ts";
import { contains, familyOf, parseSubnet, subnetsOverlap, unroutable } from "./subnets.ts";

/** Refuses forwards that a network cannot have, by themselves, together, and beside those of others. */
export function checkForwards(network: NetworkRecord, others: readonly NetworkRecord[]): void {
  if (network.forwards.length > 0 && isIsolated(network)) {
    throw new LodgeError({
      code: "config_value_invalid",
      message: `Network "${network.name}" forwards addresses and cannot be isolated (bridge.uplink=none) at the same time.`,
    });
  }
  for (const forward of network.forwards) checkForward(network, forward, [network, ...others]);
}

function checkForward(network: NetworkRecord, forward: NetworkForwardRecord, all: readonly NetworkRecord[]): void {
  const owner = `forward ${forward.listen} of network ${network.name}`;
  checkListen(owner, forward, all);
  checkKeys(owner, forwardConfigKeys, forward.config);
  const rules = forward.ports.map((port) => {
    const result = portRules(port);
    if (typeof result === "string") throw refusal(owner, result);
    return result;
  });
  const twice = portTakenTwice(rules.flat());
  if (twice) throw refusal(owner, `port ${twice} is named twice`);
  const targets = [forward.config["target_address"], ...forward.ports.map((port) => port.target_address)];
  for (const target of targets) if (target) checkTarget(owner, network, forward.listen, target);
  if (forward.ports.some((port) => !port.target_address)) throw refusal(owner, "a port needs a target_address");
}

function refusal(owner: string, problem: string): LodgeError {
  return new LodgeError({ code: "config_value_invalid", message: `The ${owner}: ${problem}.` });
}

function checkListen(owner: string, { listen }: NetworkForwardRecord, all: readonly NetworkRecord[]): void {
  const address = parseSubnet(`${listen}/${familyOf(listen) === "ipv4" ? 32 : 128}`);
  if (!address) throw refusal(owner, "the listen address is no IP address");
  if (unroutable.some((range) => subnetsOverlap(range, address))) {
    throw refusal(owner, "the listen address cannot be reached from outside (loopback, link-local or multicast)");
  }
  const subnetsOf = ({ config }: NetworkRecord) =>
    ["ipv4.address", "ipv6.address"].map((key) => gatewayOf(config[key]));
  const inside = all.find((network) => subnetsOf(network).some((subnet) => contains(subnet, listen)));
  if (inside) throw refusal(owner, `the listen address is inside network "${inside.name}"; it must be an external one`);
  const holders = all.flatMap(({ name, forwards }) =>
    forwards.filter((each) => each.listen === listen).map(() => name),
  );
  if (holders.length > 1) {
    throw new LodgeError({
      code: "network_forward_exists",
      message: `Address ${listen} is forwarded already, by network "${holders.at(-1)}"; change that forward.`,
    });
  }
}

function checkTarget(owner: string, { config }: NetworkRecord, listen: string, target: string): void {
  const family = familyOf(listen);
  if (familyOf(target) !== family) throw refusal(owner, `the target ${target} is not of the same IP version`);
  const subnet = gatewayOf(config[`${family}.address`]);
  if (!contains(subnet, target)) {
    throw refusal(owner, `the target ${target} is not inside the network (${subnet || `no ${family}.address`})`);
  }
  if (subnet.startsWith(`${target}/`)) throw refusal(owner, `the target ${target} is the gateway of the network`);
}
