/** The API by HTTPS: Lodge's own CLI and LXD's client work with a server that they know by tokens and certificates. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitStatus } from "@lodge/api/errors";
import { parseOpenMetrics } from "@lodge/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandResult, runCommand } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";
import { cliMain } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

const address = "127.0.0.1:8443";
const scratch = mkdtempSync(join(tmpdir(), "lodge-access-"));
let lodge: Lodge;

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("config", "set", `core.https_address=${address}`);
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await lodge.stop();
});

/** Somebody else's computer: a configuration of its own, and no way to the daemon's socket. */
function elsewhere(name: string) {
  const configuration = join(scratch, name);
  const env = {
    LODGE_CONF: configuration,
    LXD_CONF: configuration,
    LODGE_DIR: scratch,
    LXD_DIR: scratch,
    NO_COLOR: "1",
  };
  const line = (...args: string[]) => [...lodge.insideHostNetwork, ...args] as [string, ...string[]];
  const run = (...args: string[]): Promise<CommandResult> => {
    const [file, ...rest] = line(...args);
    return runCommand(file, rest, { env });
  };
  const must = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await run(...args);
    expect(status, `${args.join(" ")}\n${stderr}${stdout}`).toBe(0);
    return stdout.trim();
  };
  return {
    configuration,
    env,
    run,
    must,
    lodge: (...args: string[]) => must(process.execPath, cliMain, ...args),
    failing: (...args: string[]) => run(process.execPath, cliMain, ...args),
    line: (...args: string[]) => line(process.execPath, cliMain, ...args),
  };
}

describe("Lodge's CLI", () => {
  const laptop = elsewhere("laptop");

  test("learns to know a server by a token, which is good once", async () => {
    const token = await lodge.must("config", "trust", "add", "laptop");
    expect(await lodge.must("config", "trust", "list-tokens", "-f", "csv")).toBe("laptop,never");
    expect(await laptop.lodge("remote", "add", "lab", token)).toBe(`Added lab: https://${address}`);
    expect(statSync(join(laptop.configuration, "client.key")).mode & 0o777).toBe(0o600);
    expect(await lodge.must("config", "trust", "list", "-f", "csv")).toMatch(/^laptop,[0-9a-f]{12},everything,,2\d{3}/);
    const again = await elsewhere("other").failing("remote", "add", "lab", token);
    expect(again).toMatchObject({ status: exitStatus.forbidden });
    expect(again.stderr).toContain("The token is not valid");
    expect(await lodge.daemonLog()).not.toContain(JSON.parse(atob(token)).secret);
  });

  test("works with it as with the daemon of its own host", async () => {
    await laptop.lodge("launch", "tiny", "lab:c1");
    expect(await laptop.lodge("list", "lab:", "-f", "csv")).toMatch(/^c1,RUNNING/);
    expect(await laptop.lodge("exec", "lab:c1", "--", "hostname")).toBe("c1");
    expect(await laptop.failing("exec", "lab:c1", "--", "sh", "-c", "exit 7")).toMatchObject({ status: 7 });
    writeFileSync(join(scratch, "notes"), "from afar");
    await laptop.lodge("file", "push", join(scratch, "notes"), "lab:c1/root/notes");
    expect(await laptop.lodge("file", "pull", "lab:c1/root/notes", "-")).toBe("from afar");
    await laptop.lodge("remote", "switch", "lab");
    await laptop.lodge("config", "set", "c1", "user.a=b:c");
    expect(await laptop.lodge("config", "get", "lab:", "core.https_address")).toBe(address);
    expect(await lodge.must("config", "get", "c1", "user.a")).toBe("b:c");
    const nowhere = await laptop.failing("start", "lib:c1");
    expect(nowhere).toMatchObject({ status: exitStatus.not_found });
    expect(nowhere.stderr).toContain('There is no remote "lib"');
  });

  test("trusts a certificate that was made elsewhere, as it says and as that is changed", async () => {
    const certificate = join(laptop.configuration, "client.crt");
    expect(await lodge.run("config", "trust", "add", "twice", "--certificate", certificate)).toMatchObject({
      status: exitStatus.conflict,
    });
    const robot = elsewhere("robot");
    await robot.failing("remote", "add", "lab", "127.0.0.1", "--accept-certificate");
    const own = join(robot.configuration, "client.crt");
    await lodge.must(
      "config",
      "trust",
      "add",
      "robot",
      "--certificate",
      own,
      "--projects",
      "default",
      "--role",
      "viewer",
    );
    await robot.lodge("remote", "add", "lab", "127.0.0.1", "--accept-certificate");
    const denied = await robot.failing("exec", "lab:c1", "--", "true");
    expect(denied.stderr).toContain('"robot" (viewer of default) does not allow that');
    const listed = await lodge.must("config", "trust", "list", "-f", "csv");
    const fingerprint = /^robot,([0-9a-f]{12})/m.exec(listed)?.[1] ?? "";
    const shown = await lodge.must("config", "trust", "show", fingerprint);
    const edited = shown.replace("role: viewer", "role: operator");
    expect(await lodge.runWith({ input: edited }, "config", "trust", "edit", fingerprint)).toMatchObject({ status: 0 });
    await robot.lodge("exec", "lab:c1", "--", "true");
  });

  test("lets a scraper read metrics, and nothing else", async () => {
    const scraper = elsewhere("scraper");
    await scraper.failing("remote", "add", "lab", "127.0.0.1", "--accept-certificate");
    const [own, key] = [join(scraper.configuration, "client.crt"), join(scraper.configuration, "client.key")];
    await lodge.must("config", "trust", "add", "prometheus", "--certificate", own, "--type", "metrics");
    const scrape = (path: string) =>
      scraper.must("curl", "-sk", "--cert", own, "--key", key, `https://${address}${path}`);
    const families = parseOpenMetrics(`${await scrape("/1.0/metrics")}\n`);
    const labels = { name: "c1", project: "default", type: "container" };
    const of = (family: string) => families.get(family)?.samples.find((sample) => sample.labels["name"] === "c1");
    expect(of("lxd_procs_total")).toMatchObject({ labels, value: expect.any(Number) });
    expect(of("lxd_cpu_seconds")?.value).toBeGreaterThanOrEqual(0);
    expect(of("lxd_memory_MemTotal_bytes")?.value).toBeGreaterThan(0);
    expect(of("lxd_filesystem_size_bytes")?.value).toBeGreaterThan(0);
    expect(of("lxd_network_receive_bytes")?.labels).toEqual({ ...labels, device: "eth0" });
    expect(families.get("lxd_uptime_seconds")?.samples).toHaveLength(1);
    expect(await scrape("/1.0/instances")).toContain("permission_denied");
  });

  test("that may only look does only that, and loses what it has open with its certificate", async () => {
    const token = await lodge.must("config", "trust", "add", "screen", "--projects", "default", "--role", "viewer");
    const screen = elsewhere("screen");
    await screen.lodge("remote", "add", "lab", "127.0.0.1", "--token", token);
    await screen.lodge("remote", "switch", "lab");
    expect(await screen.lodge("list", "-f", "csv")).toMatch(/^c1,RUNNING/);
    for (const words of [
      ["stop", "c1"],
      ["exec", "c1", "--", "true"],
      ["config", "trust", "add", "me"],
    ]) {
      const { status, stderr } = await screen.failing(...words);
      expect([stderr, status === exitStatus.forbidden || status === 125]).toEqual([
        expect.stringContaining("allow"),
        true,
      ]);
    }
    const [file, ...args] = screen.line("monitor");
    const watching = spawn(file, args, { env: { ...process.env, ...screen.env }, stdio: ["ignore", "pipe", "ignore"] });
    let seen = "";
    watching.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
    });
    await until("events come", 20_000, async () => {
      await lodge.must("config", "set", "c1", "user.b=c");
      return seen.includes("instance-updated") || undefined;
    });
    const ended = once(watching, "exit");
    const listed = await lodge.must("config", "trust", "list", "-f", "csv");
    const fingerprint = /^screen,([0-9a-f]{12})/m.exec(listed)?.[1] ?? "";
    await lodge.must("config", "trust", "remove", fingerprint);
    expect((await ended)[0]).toBe(exitStatus.unavailable);
    expect((await screen.failing("list")).stderr).toContain("does not trust");
  });

  test("knows the server by its certificate, and no other", async () => {
    const before = await lodge.must("config", "trust", "fingerprint");
    const doubtful = await elsewhere("third").failing("remote", "add", "lab", "127.0.0.1");
    expect(doubtful.stderr).toContain(before);
    expect(doubtful).toMatchObject({ status: exitStatus.forbidden });
    await lodge.restartDaemon();
    expect(await laptop.lodge("list", "-f", "csv")).toMatch(/^c1,RUNNING/);
    const after = await lodge.must("config", "trust", "renew");
    expect(await lodge.must("config", "trust", "fingerprint")).toBe(after);
    const replaced = await laptop.failing("list");
    expect(replaced).toMatchObject({ status: exitStatus.forbidden });
    expect(replaced.stderr).toContain("a certificate that you have not accepted");
    await laptop.lodge("remote", "switch", "local");
    await laptop.lodge("remote", "remove", "lab");
    await laptop.lodge("remote", "add", "lab", "127.0.0.1", "--accept-certificate");
    await laptop.lodge("delete", "lab:c1", "--force");
  });
});

test("LXD's client works by HTTPS", async (context) => {
  const desktop = elsewhere("desktop");
  const { stdout: version, status } = await desktop.run("sh", "-c", "command -v lxc");
  if (status !== 0 || version === "") return context.skip("LXD's client (lxd-client) is not installed");
  const lxc = (...args: string[]) => desktop.must("lxc", ...args);
  const token = await lodge.must("config", "trust", "add", "desktop");
  await lxc("remote", "add", "lab", token);
  expect(await lxc("remote", "list", "-f", "csv")).toContain(`lab,https://${address},lxd,tls`);
  await lxc("launch", "lab:tiny", "lab:c2");
  expect(await lxc("list", "lab:", "-f", "csv", "-c", "ns")).toBe("c2,RUNNING");
  expect(await lxc("exec", "lab:c2", "--", "hostname")).toBe("c2");
  writeFileSync(join(scratch, "file"), "by LXD");
  await lxc("file", "push", join(scratch, "file"), "lab:c2/root/file");
  await lxc("file", "pull", "lab:c2/root/file", join(scratch, "back"));
  expect(readFileSync(join(scratch, "back"), "utf8")).toBe("by LXD");
  await lodge.must("config", "trust", "add", "nobody");
  expect(await lxc("config", "trust", "list-tokens", "lab:", "-f", "csv")).toMatch(/^nobody,ey/);
  await lxc("config", "trust", "revoke-token", "lab:nobody");
  expect(await lodge.must("config", "trust", "list-tokens", "-f", "csv")).toBe("");
  expect(await lxc("config", "trust", "list", "lab:", "-f", "csv")).toContain("client,desktop,root@");
  await lxc("delete", "--force", "lab:c2");
});
