/** Runs the dnsmasq of a network. It outlives the daemon; one that runs with the wanted configuration is adopted. */
import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { NetworkDefinition } from "@lodge/core";
import { dnsmasqConfig, type NetworkFiles, networkFiles } from "./dnsmasq-config.ts";
import { type DnsmasqProcess, endDnsmasq, findDnsmasqs, reloadDnsmasq } from "./dnsmasq-processes.ts";
import type { RunInside } from "./fabric-namespace.ts";
import { keepLeases } from "./leases.ts";
import { resolvConf } from "./name-servers.ts";
import { replaceFile } from "./reservations.ts";

export interface DnsmasqRequest {
  readonly network: NetworkDefinition;
  /** Those whose instances it knows by name, too. */
  readonly peers: readonly NetworkDefinition[];
  /** The network's directory, by name. */
  readonly directoryOf: (network: string) => string;
  readonly mtu: number;
  readonly nameServers: readonly string[];
  readonly fabric: { readonly path: string; readonly inside: RunInside };
}

/** What dnsmasq needs of root: to bind its ports, to answer clients that have no address yet, and to become someone else. */
const capabilities = ["net_admin", "net_raw", "net_bind_service", "setuid", "setgid", "setpcap"];

/** Makes it run with this configuration. Returns the process. */
export async function ensureDnsmasq(request: DnsmasqRequest): Promise<DnsmasqProcess> {
  const { network, directoryOf, mtu, fabric } = request;
  const directory = directoryOf(network.name);
  const files = networkFiles(directory);
  const peers = request.peers
    .filter((peer) => peer.names)
    .map(({ name, domain }) => ({ domain, names: networkFiles(directoryOf(name)).names }));
  await openDirectories([directory, files.reservations, files.names, ...peers.map(({ names }) => names)]);
  await writeNameServers(files, request.nameServers);
  const config = dnsmasqConfig({ network, files, peers, mtu, user: await unprivilegedUser() });
  const configFile = join(directory, `dnsmasq-${createHash("sha256").update(config).digest("hex").slice(0, 12)}.conf`);
  const fits = await fitting(directory, configFile, fabric.path);
  if (fits) {
    await reloadDnsmasq(fits);
    return fits;
  }
  await forgetOldLeases(files);
  await replaceFile(configFile, config);
  const bounds = `--bounding-set=-all,${capabilities.map((name) => `+${name}`).join(",")}`;
  // It goes into the background by itself, once it is ready to answer.
  await fabric.inside("setpriv", [bounds, "--no-new-privs", "dnsmasq", `--conf-file=${configFile}`]);
  await removeOldConfigurations(directory, configFile);
  const started = await fitting(directory, configFile, fabric.path);
  if (started) return started;
  throw new LodgeError({
    code: "network_failed",
    message: `dnsmasq of network "${network.name}" ended right after its start; see the system's log.`,
  });
}

export async function endDnsmasqs(directory: string): Promise<void> {
  await Promise.all((await findDnsmasqs(directory)).map(endDnsmasq));
}

/** Ends those that do not fit. */
async function fitting(directory: string, configFile: string, fabricPath: string): Promise<DnsmasqProcess | undefined> {
  const namespace = `net:[${(await stat(fabricPath)).ino}]`;
  const running = await findDnsmasqs(directory);
  const [fits, ...others] = running.toSorted((a, b) => rank(b) - rank(a));
  if (fits && rank(fits) === 1) {
    await Promise.all(others.map(endDnsmasq));
    return fits;
  }
  await Promise.all(running.map(endDnsmasq));
  return undefined;

  function rank(dnsmasq: DnsmasqProcess): number {
    return dnsmasq.configFile === configFile && dnsmasq.networkNamespace === namespace ? 1 : 0;
  }
}

/** All on the way to its files can be searched by the user it drops to. */
async function openDirectories(directories: readonly string[]): Promise<void> {
  for (const each of directories) {
    await mkdir(each, { recursive: true });
    await chmod(each, 0o755);
  }
}

async function writeNameServers(files: NetworkFiles, nameServers: readonly string[]): Promise<void> {
  const wanted = resolvConf(nameServers);
  const present = await readFile(files.upstream, "utf8").catch(() => undefined);
  if (present !== wanted) await replaceFile(files.upstream, wanted);
}

/** Leases of ports that went away while no dnsmasq ran would keep their addresses from others. */
async function forgetOldLeases(files: NetworkFiles): Promise<void> {
  const leases = await readFile(files.leases, "utf8").catch(() => "");
  const macs = new Set<string>();
  for (const name of await readdir(files.reservations)) {
    const line = await readFile(join(files.reservations, name), "utf8").catch(() => "");
    macs.add(line.split(",")[0] ?? "");
  }
  await replaceFile(files.leases, keepLeases(leases, macs));
}

async function removeOldConfigurations(directory: string, current: string): Promise<void> {
  const old = (await readdir(directory)).filter((name) => /^dnsmasq-.*\.conf$/.test(name));
  for (const name of old) if (join(directory, name) !== current) await rm(join(directory, name), { force: true });
}

/** The account that Debian's package makes for it, else the one that owns nothing. */
async function unprivilegedUser(): Promise<string> {
  const accounts = await readFile("/etc/passwd", "utf8");
  return /^dnsmasq:/m.test(accounts) ? "dnsmasq" : "nobody";
}
