/**
 * Finds running dnsmasqs by what they are: the configuration file on their command line and the network namespace they are in. A
 * daemon that died before it could note down a pid leaves nothing unknown behind.
 */
import { readdir, readFile, readlink } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { LodgeError } from "@lodge/api/errors";

export interface DnsmasqProcess {
  readonly pid: number;
  /** In clock ticks after boot: with the pid, it names a process for ever. */
  readonly startTime: string;
  readonly configFile: string;
  /** As /proc names it, `net:[4026531840]`. */
  readonly networkNamespace: string;
}

/** Those whose configuration lies below a directory. */
export async function findDnsmasqs(directory: string): Promise<DnsmasqProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => inspect(pid)));
  return found
    .filter((process) => process?.configFile.startsWith(`${directory}/`))
    .filter((process) => process !== undefined);
}

async function inspect(pid: number): Promise<DnsmasqProcess | undefined> {
  try {
    const [program, option = ""] = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
    const configFile = /^--conf-file=(.*)$/.exec(option)?.[1];
    if (program !== "dnsmasq" || !configFile) return undefined;
    const startTime = await startTimeOf(pid);
    const networkNamespace = await readlink(`/proc/${pid}/ns/net`);
    return startTime === undefined ? undefined : { pid, startTime, configFile, networkNamespace };
  } catch {
    return undefined;
  }
}

/** Undefined for one that has ended, a zombie included. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is the name, in parentheses, and may hold anything.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || state === "X" ? undefined : fields[18];
}

export async function isRunning({ pid, startTime }: DnsmasqProcess): Promise<boolean> {
  return (await startTimeOf(pid)) === startTime;
}

/** Ends it, gently and then not, and returns when it is gone. */
export async function endDnsmasq(dnsmasq: DnsmasqProcess): Promise<void> {
  for (const [signal, patience] of [
    ["SIGTERM", 2_000],
    ["SIGKILL", 5_000],
  ] as const) {
    if (!(await send(dnsmasq, signal))) return;
    const deadline = Date.now() + patience;
    // It is not our child: there is nothing to wait on but its absence.
    while (Date.now() < deadline) {
      if (!(await isRunning(dnsmasq))) return;
      await delay(5);
    }
  }
  throw new LodgeError({ code: "network_failed", message: `dnsmasq (pid ${dnsmasq.pid}) does not end.` });
}

/** Makes it read its reservations and names again. */
export async function reloadDnsmasq(dnsmasq: DnsmasqProcess): Promise<void> {
  await send(dnsmasq, "SIGHUP");
}

/** False when it is gone. */
async function send(dnsmasq: DnsmasqProcess, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isRunning(dnsmasq))) return false;
  try {
    return process.kill(dnsmasq.pid, signal);
  } catch {
    return false;
  }
}
