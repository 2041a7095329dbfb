/** No command of LXD's client is forgotten: neither in the documentation nor among the cases. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eachLxcCommand } from "../../scripts/docs/lxc-commands.mjs";
import { runCommand } from "../harness/command.ts";
import type { Case } from "./case.ts";
import * as instances from "./cases/instances.ts";
import { fromAfar, mustShow } from "./cases/must-show.ts";
import * as shared from "./cases/shared.ts";

/** What the client's manual leaves out: hidden ones, and an alias that it has from the start. */
const hidden = ["init", "monitor", "pause", "query", "shell"];

test("every command that the client has is listed", async (context) => {
  const directory = mkdtempSync(join(tmpdir(), "lodge-manual-"));
  try {
    const { status } = await runCommand("lxc", ["manpage", directory]).catch(() => ({ status: 127 }));
    if (status !== 0) return context.skip("LXD's client (lxd-client) is not installed");
    const pages = readdirSync(directory).filter((page) => page !== "lxc.1");
    const all = pages.map((page) => page.slice("lxc.".length, -".1".length).split("."));
    const isGroup = (words: string[]) => all.some((other) => other.length > words.length && startsWith(other, words));
    const commands = all.filter((words) => !isGroup(words)).map((words) => words.join(" "));
    expect([...commands, ...hidden].toSorted()).toEqual(eachLxcCommand.map(({ words }) => words).toSorted());
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test.for(eachLxcCommand.filter(({ works }) => works))("there is a case of lxc $words", ({ words }) => {
  const tables = [
    ...Object.values(instances),
    ...Object.values(shared),
    fromAfar,
    mustShow("local"),
  ].flat() as readonly Case[];
  const form = new RegExp(`lxc ${words}(?![-\\w])`);
  expect(tables.map(([line]) => line).filter((line) => form.test(line))).not.toEqual([]);
});

function startsWith(words: string[], beginning: string[]): boolean {
  return beginning.every((word, index) => words[index] === word);
}
