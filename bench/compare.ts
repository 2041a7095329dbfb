/**
 * `npm run bench:compare -- REV [--turns N] …`: this checkout's Lodge beside that of another commit. Both take turns, A B, B A, with the
 * scenarios of this checkout; everything after REV but `--turns` goes to each run as `npm run bench` takes it.
 */
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../test/harness/command.ts";
import { checkout } from "../test/harness/programs.ts";
import { peersDirectory } from "./peers/places.ts";
import { readRun } from "./report/records.ts";
import { compareSides, type Turn } from "./report/sides.ts";
import { timesTable } from "./report/table.ts";
import { inColumns } from "./report/terminal.ts";

/** Milliseconds for a build, and for one run. */
const timeout = 60 * 60_000;
const here = "this checkout";

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const [revision, ...rest] = words;
  const { turns, args } = takeTurns(rest);
  if (revision === undefined || revision.startsWith("-") || !(turns > 0)) {
    process.stderr.write("npm run bench:compare -- REV [--turns N] [--scenario NAME]… [--quick] [--rounds N]\n");
    return 2;
  }
  const other = await buildOf(revision);
  const runs: Turn[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const pair = [
      { side: revision, built: other },
      { side: here, built: checkout },
    ];
    for (const { side, built } of turn % 2 === 0 ? pair : pair.reverse()) {
      say(`Turn ${turn + 1} of ${turns}: ${side}`);
      runs.push({ side, records: readRun(await measure(built, args)) });
    }
  }
  say(`\n${inColumns(timesTable(compareSides(runs, [revision, here])))}`);
  return 0;
}

/** `--turns N` out of the words; default: 3. */
function takeTurns(words: readonly string[]): { turns: number; args: readonly string[] } {
  const place = words.indexOf("--turns");
  if (place < 0) return { turns: 3, args: words };
  return { turns: Number(words[place + 1]), args: words.toSpliced(place, 2) };
}

/** A checkout of a commit with its programs built. It is kept for the next comparison. */
async function buildOf(revision: string): Promise<string> {
  const commit = await mustRun("git", ["-C", checkout, "rev-parse", "--verify", `${revision}^{commit}`]);
  const directory = join(peersDirectory, "revisions", commit.slice(0, 12));
  if (existsSync(directory)) return directory;
  say(`Building ${revision} in ${directory}`);
  const unfinished = `${directory}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(join(directory, ".."), { recursive: true });
  await mustRun("git", ["clone", "--quiet", "--shared", "--no-checkout", checkout, unfinished], { timeout });
  await mustRun("git", ["-C", unfinished, "checkout", "--quiet", "--detach", commit], { timeout });
  await mustRun(process.execPath, [join(unfinished, "scripts", "build.mjs")], { timeout, cwd: unfinished });
  await rename(unfinished, directory);
  return directory;
}

/** Runs the scenarios with the programs of a checkout. Returns the file with the results. */
async function measure(built: string, args: readonly string[]): Promise<string> {
  const program = ["--conditions=@lodge/source", join(checkout, "bench", "main.ts")];
  const env = { LODGE_BUILT: built };
  const said = await mustRun(process.execPath, [...program, "--peer", "lodge", ...args], { timeout, env });
  const file = /^Results: (.+)$/m.exec(said)?.[1];
  if (file === undefined) throw new Error(`The bench did not say where its results are:\n${said}`);
  return file;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
