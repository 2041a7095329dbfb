/**
 * A note for each daemon under test, outside its LODGE_DIR, so that what an interrupted test run left behind can be
 * found and taken down by the next.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

export interface Registration {
  /** LODGE_DIR. */
  readonly directory: string;
  /** Its HostNetwork; missing: the host's own network. */
  readonly network?: string;
  /** The process that runs the test, and when it started, in clock ticks since boot. */
  readonly owner: { readonly pid: number; readonly started: string };
}

const folder = "/run/lodge-test";

export function register(directory: string, network: string | undefined): void {
  const owner = { pid: process.pid, started: startOf(process.pid) ?? "" };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(noteOf(directory), JSON.stringify({ directory, ...(network && { network }), owner }));
}

export function unregister(directory: string): void {
  rmSync(noteOf(directory), { force: true });
}

/** Registrations whose test is gone. */
export function orphans(): Registration[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return readdirSync(folder)
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Registration)
    .filter(({ owner }) => startOf(owner.pid) !== owner.started);
}

function noteOf(directory: string): string {
  return join(folder, `${basename(directory)}.json`);
}

/** Start time of a living process, field 22 of its stat; what stands before is a name in parentheses. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
