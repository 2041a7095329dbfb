/** The verbs of configuration: profiles, devices, editing, names, protection, and YAML on standard input. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitStatus } from "@lodge/api/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mustRun } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";
import { cliMain } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
const scratch = mkdtempSync(join(tmpdir(), "lodge-profiles-"));

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await lodge.stop();
});

const { invalid, conflict, forbidden, exhausted } = exitStatus;

async function refused(status: number, says: string, ...words: string[]): Promise<void> {
  const result = await lodge.run(...words);
  expect(result, result.stderr).toMatchObject({ status });
  expect(result.stderr).toContain(says);
}

test("a profile is what several instances share, and every one of them must be able to live with it", async () => {
  const yaml = "config:\n  limits.memory: 64MiB\n  environment.GREETING: hello\ndescription: little ones\n";
  await lodge.runWith({ input: yaml }, "profile", "create", "small");
  await lodge.must("launch", "tiny", "c1", "-p", "default", "-p", "small");
  await lodge.must("init", "tiny", "c2", "-p", "default", "-p", "small", "-c", "limits.memory=32MiB");
  expect(await lodge.must("config", "get", "c1", "limits.memory", "-e")).toBe("64MiB");
  expect(await lodge.must("config", "get", "c2", "limits.memory", "-e")).toBe("32MiB");
  expect((await lodge.client.profiles.get("small")).used_by).toEqual(["/1.0/instances/c1", "/1.0/instances/c2"]);
  await lodge.must("profile", "set", "small", "environment.GREETING=hi there");
  expect(await lodge.must("exec", "c1", "--", "sh", "-c", "echo $GREETING")).toBe("hi there");
  const before = await lodge.must("profile", "show", "small");
  await refused(exhausted, '"c1"', "profile", "set", "small", "limits.memory=900TiB");
  await refused(invalid, "root disk", "profile", "device", "add", "small", "more", "disk", "path=/", "pool=default");
  await refused(conflict, "c1, c2", "profile", "delete", "small");
  await refused(forbidden, "default", "profile", "delete", "default");
  expect(await lodge.must("profile", "show", "small")).toBe(before);
  await lodge.must("profile", "rename", "small", "little");
  expect(await lodge.must("config", "get", "c1", "limits.memory", "-e")).toBe("64MiB");
  await lodge.must("profile", "remove", "c2", "little");
  await lodge.must("profile", "assign", "c1", "default");
  await lodge.must("profile", "delete", "little");
});

test("devices come from files of the caller's directory, and a profile's are overridden", async () => {
  mkdirSync(join(scratch, "share"));
  const cli = (...words: string[]) =>
    mustRun("env", ["-C", scratch, process.execPath, cliMain, ...words], { env: { LODGE_DIR: lodge.directory } });
  await cli("device", "add", "c2", "share", "disk", "source=share", "path=/mnt/share");
  await refused(invalid, "lodge device override c2 eth0", "device", "set", "c2", "eth0", "hwaddr=00:16:3e:00:00:01");
  await lodge.must("device", "override", "c2", "eth0", "hwaddr=00:16:3e:00:00:01");
  expect(await lodge.must("device", "get", "c2", "share", "source")).toBe(join(scratch, "share"));
  await lodge.must("start", "c2");
  await lodge.must("wait", "c2");
  expect(await lodge.must("exec", "c2", "--", "cat", "/sys/class/net/eth0/address")).toBe("00:16:3e:00:00:01");
  await lodge.must("stop", "--force", "c2");
  await lodge.must("device", "remove", "c2", "share", "eth0");
  expect(await lodge.must("device", "list", "c2", "-f", "csv")).toMatch(/^eth0,nic,profile,.*\nroot,disk,profile,/);
});

/** Runs the CLI on a terminal, with an editor that runs these commands on the file, one after each time it is called. */
async function onTerminal(keys: string, edits: readonly string[], ...words: string[]): Promise<string> {
  const editor = join(scratch, "editor");
  const steps = edits.map((edit, index) => `[ $n != ${index} ] || { ${edit} "$1"; }`);
  const count = `n=$(cat ${scratch}/n 2>/dev/null || echo 0); echo $((n + 1)) > ${scratch}/n`;
  writeFileSync(editor, ["#!/bin/sh", count, ...steps, "exit 0", ""].join("\n"), { mode: 0o755 });
  rmSync(join(scratch, "n"), { force: true });
  const command = [process.execPath, cliMain, ...words].join(" ");
  const env = { ...process.env, LODGE_DIR: lodge.directory, EDITOR: editor, NO_COLOR: "1" };
  const terminal = spawn("script", ["-qec", command, "/dev/null"], { env, timeout: 60_000 });
  let shown = "";
  terminal.stdout.on("data", (piece: Buffer) => {
    const asked = shown.includes("Press Enter");
    shown += piece;
    if (!asked && shown.includes("Press Enter")) terminal.stdin.write(keys);
  });
  await once(terminal, "exit");
  return shown;
}

test("configuration is edited on a terminal, what is wrong is edited again, and what is given up is kept", async () => {
  const wrong = "sed -i 's/^config:/config:\\n  limits.cpu: none/'";
  const right = "sed -i 's/limits.cpu: none/limits.cpu: 1/'";
  const shown = await onTerminal("\r", [wrong, right], "config", "edit", "c2");
  expect(shown).toContain('Value "none" of "limits.cpu" on instance c2');
  expect(await lodge.must("config", "get", "c2", "limits.cpu")).toBe("1");
  expect(await onTerminal("", ["true"], "config", "edit", "c2")).toContain("Nothing was changed");
  const given = await onTerminal("\u0003", ["sed -i 's/limits.cpu:.*/limits.cpu: many/'"], "config", "edit", "c2");
  const [, kept = ""] = /Your text is in (\S+)\/c2\.yaml\./.exec(given) ?? [];
  expect(await mustRun("grep", ["limits.cpu", join(kept, "c2.yaml")])).toContain("many");
  rmSync(kept, { recursive: true });
  const yaml = (await lodge.must("config", "show", "c2")).replace('limits.cpu: "1"', "limits.cpu: 2");
  await lodge.runWith({ input: yaml }, "config", "edit", "c2");
  expect(await lodge.must("config", "get", "c2", "limits.cpu")).toBe("2");
});

test("a file inside is edited in place", async () => {
  await lodge.must("exec", "c1", "--", "sh", "-c", "echo old > /root/f; chown 5:6 /root/f; chmod 640 /root/f");
  await onTerminal("", ["sed -i s/old/new/"], "file", "edit", "c1/root/f");
  const seen = await lodge.must("exec", "c1", "--", "sh", "-c", "cat /root/f; stat -c '%u:%g %a' /root/f");
  expect(seen).toBe("new\n5:6 640");
});

test("an instance gets another name, with which it starts and is found", async () => {
  await refused(conflict, "lodge stop c1", "rename", "c1", "www");
  await lodge.must("stop", "--force", "c1");
  await refused(conflict, '"c2"', "rename", "c1", "c2");
  await lodge.must("rename", "c1", "www");
  await lodge.restartDaemon("SIGKILL");
  await lodge.must("start", "www");
  await lodge.must("wait", "www");
  expect(await lodge.must("exec", "www", "--", "hostname")).toBe("www");
  expect(await lodge.must("exec", "www", "--", "cat", "/root/f")).toBe("new");
  expect(await lodge.must("exec", "www", "--", "nslookup", "www.lodge")).toContain("Name:\twww.lodge");
  await refused(exitStatus.not_found, "c1", "info", "c1");
});

test("what is protected is not deleted and not started", async () => {
  await lodge.must("config", "set", "www", "security.protection.delete=true");
  await refused(forbidden, "security.protection.delete=false", "delete", "--force", "www");
  expect((await lodge.client.instances.state("www")).status).toBe("Running");
  await lodge.must("config", "unset", "www", "security.protection.delete");
  await lodge.must("config", "set", "www", "security.protection.start=true");
  await refused(forbidden, "security.protection.start=false", "restart", "www");
  await lodge.must("delete", "--force", "www");
});

test("the daemon's own notes cannot be set", async () => {
  await refused(invalid, "volatile.uuid", "config", "set", "c2", "volatile.uuid=4b1dbd6e-7d4f-4c4e-8f3e-000000000001");
  await refused(invalid, "volatile.uuid", "config", "unset", "c2", "volatile.uuid");
  await lodge.must("config", "set", "c2", "user.note=fine");
});

test("launch takes YAML from standard input, and waits for nobody who stays silent", async () => {
  const yaml = await lodge.must("config", "show", "c2");
  const piped = await lodge.runWith({ input: yaml }, "init", "tiny", "c3", "-c", "limits.cpu=1");
  expect(piped, piped.stderr).toMatchObject({ status: 0 });
  expect(await lodge.must("config", "get", "c3", "user.note")).toBe("fine");
  expect(await lodge.must("config", "get", "c3", "limits.cpu")).toBe("1");
  const env = { ...process.env, LODGE_DIR: lodge.directory };
  const silent = spawn(process.execPath, [cliMain, "init", "tiny", "c4"], { env, stdio: ["pipe", "ignore", "ignore"] });
  try {
    const [status] = await once(silent, "exit", { signal: AbortSignal.timeout(60_000) });
    expect(status).toBe(0);
  } finally {
    silent.stdin?.destroy();
  }
  await until("c4 is there", 10_000, async () => (await lodge.client.instances.names()).includes("c4"));
});

test("an instance is made as its options say", async () => {
  const words = ["-s", "default", "-n", "lodgebr0", "-t", "c1-m0.25", "-e", "--no-profiles"];
  await lodge.must("init", "tiny", "c5", ...words);
  const { profiles, devices, ephemeral, config } = await lodge.client.instances.get("c5");
  expect({ profiles, devices, ephemeral }).toEqual({
    profiles: [],
    ephemeral: true,
    devices: {
      root: { type: "disk", path: "/", pool: "default" },
      eth0: { type: "nic", name: "eth0", network: "lodgebr0" },
    },
  });
  expect(config).toMatchObject({ "limits.cpu": "1", "limits.memory": "256MiB" });
});
