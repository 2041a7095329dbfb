/** The screen and the keyboard of a virtual machine, by the CLI. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodePng, type Picture, sameScreen } from "@lodge/sdk/picture";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { cliMain } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

const scratch = mkdtempSync(join(tmpdir(), "lodge-screen-"));
let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "v1", "--vm", "-c", "limits.memory=256MiB", "-c", "limits.cpu=1");
  await lodge.must("launch", "tiny", "c1");
  await lodge.must("wait", "v1");
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await lodge.stop();
});

async function screen(): Promise<Picture> {
  const file = join(scratch, "screen.png");
  await lodge.must("screenshot", "v1", file);
  return decodePng(readFileSync(file));
}

test("the screen is read, and changes by what is typed", async () => {
  expect(await lodge.must("screen", "wait", "v1", "--text", "login:")).toContain("login");
  expect(await lodge.must("screen", "text", "v1")).toContain("Booting from ROM");
  await lodge.must("screen", "wait", "v1", "--stable", "1");
  const before = await screen();
  expect(sameScreen(before, await screen())).toBe(true);
  const changed = lodge.must("screen", "wait", "v1", "--change", "--timeout", "60");
  // The command above looks first when it has started: it is typed at until it has seen something.
  await until("a change is noticed", 60_000, async () => {
    await lodge.must("keys", "v1", "abc");
    return Promise.race([changed.then(() => true), new Promise((resolve) => setTimeout(resolve, 500))]);
  });
  expect(sameScreen(before, await screen())).toBe(false);
});

test("every character of a keyboard arrives, and chords do", async () => {
  const ascii = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join("");
  // Of the screen's terminals the second has nobody else who reads it.
  const script = "exec 3</dev/tty2; echo open >/tmp/state; head -n 1 <&3";
  const typed = lodge.must("exec", "v1", "--", "sh", "-c", script);
  await until("a reader", 20_000, async () => (await lodge.run("exec", "v1", "--", "cat", "/tmp/state")).status === 0);
  await lodge.must("keys", "v1", "alt-f2");
  await lodge.must("keys", "v1", "--literal", ascii, "\n");
  expect(await typed).toBe(ascii);
  await lodge.must("keys", "v1", "alt-f1");
});

test("keys, screen and viewers are refused with reasons", async () => {
  for (const words of [
    ["keys", "c1", "x"],
    ["screenshot", "c1", "-"],
    ["console", "c1", "--type", "vga"],
  ]) {
    const { status, stderr } = await lodge.run(...words);
    expect(stderr).toContain("has neither screen nor keyboard");
    expect(status).toBe(10);
  }
  const unknown = await lodge.run("keys", "v1", "é");
  expect(unknown).toMatchObject({ status: 2 });
  expect(unknown.stderr).toContain("layout us");
  const late = await lodge.run("screen", "wait", "v1", "--text", "no such words", "--timeout", "2");
  expect(late.status).toBe(9);
  expect(late.stderr).toContain('did not show "no such words" within 2 s');
  await lodge.must("pause", "v1");
  expect((await lodge.run("keys", "v1", "x")).stderr).toContain("paused");
  await lodge.must("resume", "v1");
});

test("the screen is shown to viewers, also by the next daemon, until the command is ended", async () => {
  for (const round of ["first", "second"]) {
    const socket = join(scratch, `${round}.vnc`);
    const command = showScreen(socket);
    const ended = once(command, "exit");
    // The socket's file is there a moment before anybody listens on it.
    const letIn = () => greeting(socket).then(Boolean, () => false);
    await until("viewers are let in", 20_000, letIn);
    expect(await Promise.all([greeting(socket), greeting(socket)])).toEqual(["RFB 003.008\n", "RFB 003.008\n"]);
    command.kill("SIGINT");
    expect((await ended)[0]).toBe(130);
    expect(existsSync(socket)).toBe(false);
    if (round === "first") await lodge.restartDaemon("SIGKILL");
  }
});

function showScreen(socket: string): ChildProcess {
  const args = [cliMain, "console", "v1", "--type", "vga", "--no-viewer", "--listen", socket];
  return spawn(process.execPath, args, { stdio: "ignore", env: { ...process.env, LODGE_DIR: lodge.directory } });
}

/** What the server says first. */
async function greeting(path: string): Promise<string> {
  const viewer = connect(path);
  const [data] = (await once(viewer, "data", { signal: AbortSignal.timeout(20_000) })) as [Buffer];
  viewer.destroy();
  return data.toString();
}
