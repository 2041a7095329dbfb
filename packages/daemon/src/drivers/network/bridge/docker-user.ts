/**
 * Docker drops what it does not know in the FORWARD chain, and an accept in another table does not help against that: it takes rules in
 * the chain that Docker leaves to its users. They only take our traffic out of Docker's hands; what may pass is decided by our own table.
 * Where that chain is missing there is nothing to do.
 */
import { readFile } from "node:fs/promises";
import { asLodgeError } from "@lodge/api/errors";
import { run } from "../../../system/run.ts";
import { hostLink } from "./interface-names.ts";

const programs = ["iptables", "ip6tables"] as const;
type Program = (typeof programs)[number];

/** For all that goes through the link to the fabric, as `iptables -S` prints rules after the chain's name. */
export function linkRules(tag: string): string[] {
  return [`-i ${hostLink(tag)} -j ACCEPT`, `-o ${hostLink(tag)} -j ACCEPT`];
}

/** For what stays on a bridge of the host with nics on it: where br_netfilter is on, that passes through FORWARD as well. */
export function bridgeRule(tag: string, bridge: string): string {
  return `-i ${bridge} -o ${bridge} -m comment --comment ${hostLink(tag)} -j ACCEPT`;
}

/** Whether `acceptInDocker` would do something. */
export async function lacksRules(tag: string): Promise<boolean> {
  const missing = await Promise.all(programs.map((program) => missingRules(program, linkRules(tag))));
  return missing.flat().length > 0;
}

/** Idempotent. */
export async function acceptInDocker(tag: string): Promise<void> {
  await accept(linkRules(tag));
}

/** Idempotent. True when a rule was missing. */
export async function acceptBridgesInDocker(tag: string, bridges: readonly string[]): Promise<boolean> {
  return (await filtersBridges()) && accept(bridges.map((bridge) => bridgeRule(tag, bridge)));
}

/** Takes back all rules. Idempotent. */
export async function withdrawFromDocker(tag: string): Promise<void> {
  for (const program of programs) {
    for (const rule of (await userRules(program)) ?? []) {
      if (rule.split(" ").includes(hostLink(tag))) await change(program, "-D", rule);
    }
  }
}

async function accept(rules: readonly string[]): Promise<boolean> {
  let changed = false;
  for (const program of programs) {
    for (const rule of await missingRules(program, rules)) {
      await change(program, "-I", rule);
      changed = true;
    }
  }
  return changed;
}

async function missingRules(program: Program, rules: readonly string[]): Promise<string[]> {
  const present = await userRules(program);
  return present ? rules.filter((rule) => !present.includes(rule)) : [];
}

/** The kernel's default where br_netfilter is loaded, as Docker does. */
async function filtersBridges(): Promise<boolean> {
  const value = await readFile("/proc/sys/net/bridge/bridge-nf-call-iptables", "utf8").catch(() => "0");
  return value.trim() !== "0";
}

/** Undefined where Docker has no such chain, or nobody has the program. */
async function userRules(program: Program): Promise<string[] | undefined> {
  try {
    const text = await run(program, ["-w", "5", "-S", chain], { code: "network_failed" });
    const prefix = `-A ${chain} `;
    const lines = text.split("\n").filter((line) => line.startsWith(prefix));
    return lines.map((line) => line.slice(prefix.length));
  } catch (error) {
    if (["network_failed", "host_tool_missing"].includes(asLodgeError(error).code)) return undefined;
    throw error;
  }
}

const chain = "DOCKER-USER";

async function change(program: Program, verb: "-I" | "-D", rule: string): Promise<void> {
  await run(program, ["-w", "5", verb, chain, ...rule.split(" ")], { code: "network_failed" });
}
