/** Interfaces as `ip -j` tells them, and `ip` commands by the batch. */
import type { RunOptions } from "../../../system/run.ts";

export type Run = (file: string, args: readonly string[], options?: RunOptions) => Promise<string>;

export interface Link {
  readonly ifname: string;
  readonly ifindex: number;
  /** Index of the other end of a veth. */
  readonly link_index?: number;
  readonly address?: string;
  readonly mtu?: number;
  readonly flags?: readonly string[];
  /** Name of the bridge that it is a port of. */
  readonly master?: string;
  readonly stats64?: { readonly rx: Counters; readonly tx: Counters };
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[];
  readonly linkinfo?: {
    readonly info_kind?: string;
    readonly info_data?: { readonly type?: string; readonly user?: string | number };
  };
}

interface Counters {
  readonly bytes: number;
  readonly packets: number;
}

/** With addresses and counters. */
export async function listLinks(run: Run): Promise<Link[]> {
  return JSON.parse(
    (await run("ip", ["-j", "-d", "-s", "addr", "show"], { code: "network_failed" })) || "[]",
  ) as Link[];
}

/** `10.77.3.1/24` and the like, without link-local ones. */
export function globalAddresses(link: Link | undefined): string[] {
  const addresses = link?.addr_info.filter(({ scope }) => scope === "global") ?? [];
  return addresses.map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

/** Runs `ip` commands in one process, up to the first that fails. */
export async function ipBatch(run: Run, lines: readonly string[]): Promise<string> {
  if (lines.length === 0) return "";
  return run("ip", ["-batch", "-"], { input: `${lines.join("\n")}\n`, code: "network_failed" });
}

/** Runs commands that take something away: that it is gone already is fine. */
export async function ipRemove(run: Run, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    try {
      await run("ip", line.split(" "), { code: "network_failed" });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

export function isGone(error: unknown): boolean {
  return (
    error instanceof Error && /Cannot find device|No such (device|process|file)|does not exist/.test(error.message)
  );
}
