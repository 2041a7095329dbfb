/** Makes the fabric and keeps it as it should be: what all networks share. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { chooseIpv4Network, type NetworkDefinition, networkPrefix } from "@lodge/core";
import type { LodgePaths } from "../../../system/paths.ts";
import { run } from "../../../system/run.ts";
import { acceptInDocker, lacksRules } from "./docker-user.ts";
import { fabricFirewall } from "./fabric-firewall.ts";
import {
  bridgeCommands,
  fabricCommands,
  type HostLink,
  hostCommands,
  ipv6Ends,
  linkCommands,
  staleRoutes,
} from "./fabric-links.ts";
import { fabricPath, pin, type RunInside, runInside, setSysctls } from "./fabric-namespace.ts";
import { hostFirewall, hostTable } from "./host-firewall.ts";
import { findUplink, hostNetworks, routes, type Uplink } from "./host-routes.ts";
import { applySysctls, forwardingChanges, type OpenFamilies, readForwarding } from "./host-sysctls.ts";
import { bridgeName, hostLink } from "./interface-names.ts";
import { globalAddresses, ipBatch, ipRemove, type Link, listLinks } from "./links.ts";
import { fabricFilter, portFilter } from "./port-filter.ts";

export interface FabricSetting {
  readonly paths: LodgePaths;
  readonly uplink: "auto" | "none";
  readonly random: () => number;
}

/** The fabric's namespace: forwards, and configures nothing by what it hears. */
const fabricSysctls = {
  "net/ipv4/ip_forward": "1",
  "net/ipv6/conf/all/forwarding": "1",
  "net/ipv6/conf/default/forwarding": "1",
  "net/ipv6/conf/all/disable_ipv6": "0",
  "net/ipv6/conf/default/disable_ipv6": "0",
  "net/ipv6/conf/all/accept_ra": "0",
  "net/ipv6/conf/default/accept_ra": "0",
  "net/ipv4/conf/all/send_redirects": "0",
  "net/ipv4/conf/default/send_redirects": "0",
};

/** For where br_netfilter is loaded: what stays on a bridge is port-filter's matter alone. */
const unfilteredBridges = {
  "net/bridge/bridge-nf-call-iptables": "0",
  "net/bridge/bridge-nf-call-ip6tables": "0",
  "net/bridge/bridge-nf-call-arptables": "0",
};

function knownSysctls(): Record<string, string> {
  const all = Object.entries({ ...fabricSysctls, ...unfilteredBridges });
  return Object.fromEntries(all.filter(([name]) => existsSync(`/proc/sys/${dirname(name)}`)));
}

export class Fabric {
  readonly path: string;
  readonly inside: RunInside;
  /** Whether the kernel knows IPv6; it can be started without. */
  readonly ipv6 = existsSync("/proc/sys/net/ipv6");
  readonly #setting: FabricSetting;

  constructor(setting: FabricSetting) {
    this.#setting = setting;
    this.path = fabricPath(setting.paths);
    this.inside = runInside(this.path);
  }

  /** The way out, as the host has it now and as far as it may be used. */
  async uplink(): Promise<Uplink | undefined> {
    return this.#setting.uplink === "auto" ? findUplink() : undefined;
  }

  /** Brings everything to where it should be for these networks and this uplink. Idempotent. */
  async apply(networks: readonly NetworkDefinition[], uplink: Uplink | undefined): Promise<void> {
    await pin(this.path);
    await setSysctls(this.inside, knownSysctls());
    const [here, inFabric] = await Promise.all([listLinks(run), listLinks(this.inside)]);
    const link = await this.#hostLink(networks, uplink, here);
    const families = openFamilies(networks, uplink);
    const open = families.ipv4 || families.ipv6;
    // Filters first: nothing passes unfiltered, not even for a moment.
    await Promise.all([this.#guardFabric(networks), this.#guardHost(networks, link, uplink !== undefined)]);
    await ipBatch(run, linkCommands(link, here, inFabric));
    if (this.ipv6) await writeFile(`/proc/sys/net/ipv6/conf/${hostLink(link.tag)}/disable_ipv6`, "0");
    await ipBatch(run, hostCommands(link, networks));
    await ipRemove(run, staleRoutes(link, networks, (await Promise.all([routes("-4"), routes("-6")])).flat()));
    const bridges = networks.flatMap((network) => bridgeCommands(network, link.mtu, inFabric));
    await ipBatch(this.inside, [...fabricCommands(link, open), ...bridges]);
    if (open) await this.#open(families);
    else await ipRemove(this.inside, ["-4 route del default", "-6 route del default"]);
  }

  /** Whether the host's firewall is still as `apply` left it, and lets Docker not come in between. */
  async isGuarded(networks: readonly NetworkDefinition[], uplink: Uplink | undefined): Promise<boolean> {
    const { tag } = this.#setting.paths;
    const { ipv4, ipv6 } = openFamilies(networks, uplink);
    if ((ipv4 || ipv6) && (await lacksRules(tag))) return false;
    const tables = await run("nft", ["list", "tables", "inet"], { code: "network_failed" });
    return tables.split("\n").includes(`table inet ${hostTable(tag)}`);
  }

  /** Removes a network's bridge and the way to it. Idempotent. */
  async removeNetwork(network: NetworkDefinition, others: readonly NetworkDefinition[]): Promise<void> {
    await ipRemove(this.inside, [`link del dev ${bridgeName(network.name)}`]);
    await this.apply(others, await this.uplink());
  }

  async #guardFabric(networks: readonly NetworkDefinition[]): Promise<void> {
    await this.inside("nft", ["-f", "-"], { input: portFilter(fabricFilter) + fabricFirewall(networks) });
  }

  async #guardHost(networks: readonly NetworkDefinition[], link: HostLink, open: boolean): Promise<void> {
    const reachable = networks.filter(({ isolated }) => !isolated);
    const prefixes = (translated: boolean) =>
      reachable.flatMap((network) =>
        families.filter((family) => network.nat[family] === translated).map((family) => networkPrefix(network[family])),
      );
    const forwards = reachable.flatMap((network) => network.forwards);
    const ends = ipv6Ends(link.tag);
    // The fabric itself asks name servers outside, under the link's addresses.
    const own = [networkPrefix(link.ipv4), networkPrefix(`${ends.host}/${ends.prefixLength}`)];
    const translated = [...own, ...prefixes(true)].filter(Boolean);
    const rules = { tag: link.tag, open, translated, routed: prefixes(false).filter(Boolean), forwards };
    await run("nft", ["-f", "-"], { input: hostFirewall(rules), code: "network_failed" });
  }

  async #open(open: OpenFamilies): Promise<void> {
    const facts = await readForwarding();
    await applySysctls(sysctlRecord(this.#setting.paths), forwardingChanges(open, facts), facts);
    await acceptInDocker(this.#setting.paths.tag);
  }

  /** Keeps the link's address; a new link gets one that nobody uses. */
  async #hostLink(
    networks: readonly NetworkDefinition[],
    uplink: Uplink | undefined,
    here: readonly Link[],
  ): Promise<HostLink> {
    const { tag } = this.#setting.paths;
    const present = globalAddresses(here.find(({ ifname }) => ifname === hostLink(tag))).find((a) => !a.includes(":"));
    const ipv4 = present ?? (await this.#freeAddresses(networks));
    return { tag, fabricPath: this.path, mtu: uplink?.mtu ?? 1500, ipv4, ipv6: this.ipv6 };
  }

  async #freeAddresses(networks: readonly NetworkDefinition[]): Promise<string> {
    const used = [...(await hostNetworks(this.#setting.paths.tag)), ...networks.map(({ ipv4 }) => networkPrefix(ipv4))];
    const ipv4 = chooseIpv4Network(used, this.#setting.random, 30);
    if (ipv4 === undefined) throw noAddresses();
    return ipv4;
  }
}

const families = ["ipv4", "ipv6"] as const;

/** In which something goes beyond the host: by the uplink, or as the answer to what came in by a forward. */
function openFamilies(networks: readonly NetworkDefinition[], uplink: Uplink | undefined): OpenFamilies {
  const listens = networks.flatMap(({ forwards }) => forwards.map(({ listen }) => listen));
  const isIpv6 = (address: string) => address.includes(":");
  return {
    ipv4: uplink?.ipv4 !== undefined || listens.some((address) => !isIpv6(address)),
    ipv6: uplink?.ipv6 !== undefined || listens.some(isIpv6),
  };
}

/** Where earlier values of the host's kernel parameters are noted down. */
export function sysctlRecord(paths: LodgePaths): string {
  return join(paths.networks, "host-sysctls.json");
}

function noAddresses(): LodgeError {
  return new LodgeError({
    code: "network_exhausted",
    message:
      "No four addresses of 10.0.0.0/8 are free for the link between host and instances: the host's routes cover all.",
  });
}
