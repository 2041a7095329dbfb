/**
 * Docker drops what it does not know in the FORWARD chain, and an accept in another table does not help against that: it takes rules in
 * the chain that Docker leaves to its users. They only take our traffic out of Docker's hands; what may pass is decided by our own table.
 * Where that chain is missing there is nothing to do.
 */
import { asLodgeError } from "@lodge/api/errors";
import { run } from "../../../system/run.ts";
import { hostLink } from "./interface-names.ts";

const programs = ["iptables", "ip6tables"] as const;
type Program = (typeof programs)[number];

/** The rules as `iptables -S` prints them after the chain's name. */
export function acceptRules(tag: string): string[] {
  return [`-i ${hostLink(tag)} -j ACCEPT`, `-o ${hostLink(tag)} -j ACCEPT`];
}

/** Whether `acceptInDocker` would do something. */
export async function lacksRules(tag: string): Promise<boolean> {
  const missing = await Promise.all(programs.map((program) => missingRules(program, tag)));
  return missing.flat().length > 0;
}

/** Idempotent. */
export async function acceptInDocker(tag: string): Promise<void> {
  for (const program of programs) {
    for (const rule of await missingRules(program, tag)) await change(program, "-I", rule);
  }
}

async function missingRules(program: Program, tag: string): Promise<string[]> {
  const present = await userRules(program);
  return present ? acceptRules(tag).filter((rule) => !present.includes(rule)) : [];
}

/** The opposite of `acceptInDocker`. Idempotent. */
export async function withdrawFromDocker(tag: string): Promise<void> {
  for (const program of programs) {
    for (const rule of (await userRules(program)) ?? []) {
      if (acceptRules(tag).includes(rule)) await change(program, "-D", rule);
    }
  }
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
