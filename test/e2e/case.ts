/** Cases of the conformance tables: a line as it is typed, what it says, and what is then so on the host. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import type { Dialogue, Terminal } from "./terminal.ts";

/** The line ends with an error, and says this. */
export interface Refusal {
  readonly refused: RegExp;
}

/** The line is run on a terminal where this is typed, and shows this meanwhile. */
export interface Typing {
  readonly typed: Dialogue;
  readonly shows: RegExp;
}

/** All of the output without its last newline, or what it must match. */
export type Says = string | RegExp | Refusal | Typing;

/** Looks at the host, and throws when it is not as it should be. */
export type HostCheck = (terminal: Terminal) => void | Promise<void>;

/** Without `says` the line only has to succeed. */
export type Case = readonly [line: string, says?: Says, host?: HostCheck];

export const refused = (refused: RegExp): Refusal => ({ refused });

export const typing = (shows: RegExp, ...typed: Dialogue): Typing => ({ shows, typed });

const client = ["/usr/bin/lxc", "/snap/bin/lxc"].some((path) => existsSync(path));

/** One test a case, in order, in the same terminal: later ones may count on what earlier ones made. */
export function runCases(terminal: () => Terminal, cases: readonly Case[]): void {
  test.for(cases)("%s", async ([line, says = /(?:)/, host], context) => {
    if (!client) return context.skip("LXD's client (lxd-client) is not installed");
    await runCase(terminal(), line, says);
    await host?.(terminal());
  });
}

async function runCase(terminal: Terminal, line: string, says: Says): Promise<void> {
  const isTalk = typeof says === "object" && "typed" in says;
  const { status, stdout, stderr } = isTalk ? await terminal.talk(line, says.typed) : await terminal.run(line);
  const all = `status ${status}\n${stdout}${stderr}\n${status === 0 ? "" : await terminal.lodge.complaints()}`;
  if (typeof says === "object" && "refused" in says) {
    expect(status, all).not.toBe(0);
    return expect(stderr, all).toMatch(says.refused);
  }
  expect(status, all).toBe(0);
  // Of what shows progress, what stays on the line.
  const said = isTalk ? stdout : stdout.replaceAll(/^.*\r(?!\n)/gm, "").trim();
  if (typeof says === "string") return expect(said, all).toBe(says);
  expect(said, all).toMatch(isTalk ? says.shows : (says as RegExp));
}
