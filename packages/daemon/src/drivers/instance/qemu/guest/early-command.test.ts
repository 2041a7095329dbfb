/** The shell's side of early commands, run by this host's shell. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attachCommand, beginWords, claimCommand } from "./early-command.ts";

let directory: string;
let base: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-early-"));
  base = join(directory, "exec");
});
afterEach(() => rm(directory, { recursive: true }));

const token = "exec-token";
const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.once("exit", (status) => resolve(status)));

/** Begins a command as the agent would. */
function begin(script: string) {
  const request = { command: ["sh", "-c", script], environment: {}, uid: 0, gid: 0 };
  const { path, arg } = beginWords({ ...request, cwd: "/" }, token, base);
  return spawn(path, arg, { stdio: ["ignore", "pipe", "pipe"] });
}

/** Runs something as sshd would. */
const bySshd = (command: string, path = "") =>
  spawn("/bin/sh", ["-c", command], {
    env: { PATH: `${path}/usr/bin:/bin` },
    stdio: ["ignore", "pipe", "pipe"],
  });

/** Takes a command over as soon as it has begun. */
async function claim(): Promise<void> {
  const status = () => ended(bySshd(claimCommand(token, base)));
  let last = await status();
  for (; last === 2; last = await status()) await delay(5);
  expect(last).toBe(0);
}

async function attach(path?: string) {
  await claim();
  return bySshd(attachCommand(token, base), path);
}

/** Goes on when told. */
const gate = () => `until [ -e ${base}-go ]; do sleep 0.02; done`;
const open = () => writeFile(`${base}-go`, "");

describe("a command that sshd takes over", () => {
  it("has its output, its complaints and its status there", async () => {
    begin(`echo before; ${gate()}; echo after; echo bad >&2; exit 3`);
    const sshd = await attach();
    const [out, complaints] = [buffer(sshd.stdout), buffer(sshd.stderr)];
    await open();
    expect(await ended(sshd)).toBe(3);
    expect(String(await out)).toBe("before\nafter\n");
    expect(String(await complaints)).toMatch(/^exec-token \d+\nbad\n$/);
  });

  it("is not taken over before it has begun", async () => {
    expect(await ended(bySshd(claimCommand(token, base)))).toBe(2);
    begin(`echo said; ${gate()}; exit 6`);
    const sshd = await attach();
    await open();
    expect(await ended(sshd)).toBe(6);
  });

  it("loses nothing when its readers are not let run for long after its end", async () => {
    await writeFile(join(directory, "cat"), "#!/bin/sh\nsleep 1.8\nexec /bin/cat\n");
    await chmod(join(directory, "cat"), 0o755);
    begin(`echo said; ${gate()}; exit 4`);
    const sshd = await attach(`${directory}:`);
    const out = buffer(sshd.stdout);
    await open();
    expect(await ended(sshd)).toBe(4);
    expect(String(await out)).toBe("said\n");
  });

  it("loses nothing when the client is slow, and is not held up by what it has left running", async () => {
    // Less than the pipes on the way hold, more than one of them.
    begin(`head -c 100000 /dev/zero; ${gate()}; sleep 60 & echo $! >${base}-left; exit 5`);
    const slowly = `{ (${attachCommand(token, base)}); echo $?; } | { sleep 1.8; exec cat; }`;
    await claim();
    const sshd = bySshd(slowly);
    await open();
    const out = await buffer(sshd.stdout);
    expect(out.length).toBe(100_002);
    expect(out.toString("latin1").slice(-2)).toBe("5\n");
    // It has no reader any more, and did not ask for one.
    process.kill(Number(await readFile(`${base}-left`, "utf8")));
  });

  it("is ended by its client's going away", async () => {
    const guest = begin("while echo more; do sleep 0.05; done; sleep 60");
    const sshd = await attach();
    sshd.stdout.destroy();
    await ended(guest);
    sshd.kill();
  });
});
