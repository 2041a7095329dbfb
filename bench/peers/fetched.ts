import { existsSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "../../test/harness/command.ts";
import { Unavailable } from "../scenario.ts";
import { peersRoot } from "./places.ts";

/** Where the libraries of what was fetched lie; the second are fio's. */
export const libraryPath = ["x86_64-linux-gnu", "x86_64-linux-gnu/ceph"]
  .map((folder) => join(peersRoot, "usr", "lib", folder))
  .join(":");

export const fetchedProgram = (file: string): string => join(peersRoot, "usr", "bin", file);

/** How a program that `npm run bench:peers` fetched is run on the host; one that it did not fetch is the host's. */
export function runFetched(before: readonly string[], file: string, ...args: readonly string[]): Promise<string> {
  const fetched = fetchedProgram(file);
  const [program = file, ...rest] = [...before, existsSync(fetched) ? fetched : file, ...args];
  return mustRun(program, rest, { env: { LD_LIBRARY_PATH: libraryPath }, timeout: 600_000 });
}

/** Throws Unavailable when it was not fetched. */
export function requireFetched(file: string): void {
  if (!existsSync(fetchedProgram(file)))
    throw new Unavailable(`${file} is not there: \`npm run bench:peers\` fetches it`);
}
