/** Takes away everything of the networks of one LODGE_DIR, without a daemon. */
import { rm } from "node:fs/promises";
import type { LodgePaths } from "../../../system/paths.ts";
import { run } from "../../../system/run.ts";
import { endDnsmasqs } from "./dnsmasq.ts";
import { withdrawFromDocker } from "./docker-user.ts";
import { sysctlRecord } from "./fabric.ts";
import { fabricPath, unpin } from "./fabric-namespace.ts";
import { hostTable, removeHostFirewall } from "./host-firewall.ts";
import { restoreSysctls } from "./host-sysctls.ts";
import { hostLink } from "./interface-names.ts";
import { lanFilter, lanPrefix } from "./lan/lan-names.ts";
import { ipRemove, listLinks } from "./links.ts";
import { removePortFilter } from "./port-filter.ts";

/**
 * To be called in the daemon's mount namespace, where the fabric's is pinned; instances are ended before. Idempotent.
 * Interfaces, bridges and filters in the fabric end with its namespace.
 */
export async function removeFabric(paths: LodgePaths): Promise<void> {
  await endDnsmasqs(paths.networks);
  await ipRemove(run, [`link del dev ${hostLink(paths.tag)}`]);
  await removeLanPorts(paths.tag);
  await withdrawFromDocker(paths.tag);
  if (!(await hasSiblings(paths.tag))) await restoreSysctls(sysctlRecord(paths));
  await run("nft", ["-f", "-"], { input: removeHostFirewall(paths.tag), code: "network_failed" });
  await unpin(fabricPath(paths));
  await rm(paths.networks, { recursive: true, force: true });
}

/** Ends of nics among the host's own interfaces, and their filters. */
async function removeLanPorts(tag: string): Promise<void> {
  const names = (await listLinks(run)).map(({ ifname }) => ifname).filter((name) => name.startsWith(lanPrefix(tag)));
  await ipRemove(
    run,
    names.map((name) => `link del dev ${name}`),
  );
  await run("nft", ["-f", "-"], { input: removePortFilter(lanFilter(tag)), code: "network_failed" });
}

/** Whether another LODGE_DIR has networks on this host: it needs what we changed for ourselves. */
async function hasSiblings(tag: string): Promise<boolean> {
  const tables = await run("nft", ["list", "tables"], { code: "network_failed" });
  return tables
    .split("\n")
    .some((line) => line.startsWith("table inet lodge_") && line !== `table inet ${hostTable(tag)}`);
}
