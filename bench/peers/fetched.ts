import { existsSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "../../test/harness/command.ts";
import { Unavailable } from "../scenario.ts";
import { peersRoot } from "./places.ts";

/** The second are fio's. */
const libraries = ["x86_64-linux-gnu", "x86_64-linux-gnu/ceph"];

/** How a program that `npm run bench:peers` fetched is run on the host; one that it did not fetch is the host's. */
export function runFetched(before: readonly string[], file: string, ...args: readonly string[]): Promise<string> {
  const fetched = join(peersRoot, "usr", "bin", file);
  const env = { LD_LIBRARY_PATH: libraries.map((folder) => join(peersRoot, "usr", "lib", folder)).join(":") };
  const [program = file, ...rest] = [...before, existsSync(fetched) ? fetched : file, ...args];
  return mustRun(program, rest, { env, timeout: 600_000 });
}

/** Throws Unavailable when it was not fetched. */
export function requireFetched(file: string): void {
  if (!existsSync(join(peersRoot, "usr", "bin", file)))
    throw new Unavailable(`${file} is not there: \`npm run bench:peers\` fetches it`);
}
