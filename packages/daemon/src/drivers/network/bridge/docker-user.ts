/**
 * Docker drops what it does not know in the FORWARD chain, and an accept in another table does not help against that: it takes rules in
 * the chain that Docker leaves to its users. Where that chain is missing there is nothing to do.
 */
import { asLodgeError } from "@lodge/api/errors";
import { run } from "../../../system/run.ts";
import { hostLink } from "./interface-names.ts";

const programs = ["iptables", "ip6tables"] as const;

/** The rules as arguments after the chain's name. */
export function acceptRules(tag: string): string[][] {
  return [
    ["-i", hostLink(tag), "-j", "ACCEPT"],
    ["-o", hostLink(tag), "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT"],
  ];
}

/** Idempotent. */
export async function acceptInDocker(tag: string): Promise<void> {
  for (const program of programs) {
    if (!(await succeeds(program, ["-S", "DOCKER-USER"]))) continue;
    for (const rule of acceptRules(tag)) {
      if (await succeeds(program, ["-C", "DOCKER-USER", ...rule])) continue;
      await run(program, ["-w", "5", "-I", "DOCKER-USER", ...rule], { code: "network_failed" });
    }
  }
}

/** The opposite of `acceptInDocker`. Idempotent. */
export async function withdrawFromDocker(tag: string): Promise<void> {
  for (const program of programs) {
    for (const rule of acceptRules(tag)) {
      while (await succeeds(program, ["-C", "DOCKER-USER", ...rule])) {
        await run(program, ["-w", "5", "-D", "DOCKER-USER", ...rule], { code: "network_failed" });
      }
    }
  }
}

/** False also where the program is not installed. */
async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(program, ["-w", "5", ...args], { code: "network_failed" });
    return true;
  } catch (error) {
    if (["network_failed", "host_tool_missing"].includes(asLodgeError(error).code)) return false;
    throw error;
  }
}
