/** Projects: instances of the same name that know nothing of each other, by Lodge's CLI and by LXD's client. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";
import { cliMain } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
});
afterAll(() => lodge.stop());

/** LXD's client, on the daemon's socket. */
async function lxc(...args: string[]): Promise<string> {
  const env = { LXD_DIR: lodge.directory, LXD_CONF: `${lodge.directory}/lxd-conf` };
  const { status, stdout, stderr } = await runCommand("lxc", args, { env });
  expect(status, `lxc ${args.join(" ")}\n${stderr}`).toBe(0);
  return stdout.trim();
}

test("two containers of one name run side by side, each in its project", async () => {
  await lodge.must("project", "create", "blue", "--storage", "default", "--network", "lodgebr0");
  const without = await lodge.run("--project", "blue", "launch", "tiny", "web");
  expect(without).toMatchObject({ status: 3, stderr: expect.stringContaining('Image "tiny"') });
  await lodge.must("image", "copy", "tiny", "--container", "--target-project", "blue");
  await lodge.must("launch", "tiny", "web");
  await lodge.must("--project", "blue", "launch", "tiny", "web", "-c", "user.side=blue");
  expect(await lodge.must("list", "--all-projects", "-f", "csv")).toMatch(/^web,.*,default\nweb,.*,blue$/s);
  expect(await lodge.must("--project", "blue", "exec", "web", "--", "hostname")).toBe("web");
  expect(await lodge.must("config", "get", "web", "user.side")).toBe("");
  const found = await lodge.must("exec", "web", "--", "nslookup", "web.blue.lodge");
  const { state } = (await lodge.client.instances.list({ allProjects: true })).find((i) => i.project === "blue") ?? {};
  expect(found).toContain(state?.network?.["eth0"]?.addresses.find(({ family }) => family === "inet")?.address);
});

test("LXD's client sees the same", async () => {
  expect(await lxc("project", "list", "-f", "csv")).toContain("blue");
  expect(await lxc("list", "--project", "blue", "-c", "nse", "-f", "csv")).toBe("web,RUNNING,blue");
  expect(await lxc("project", "show", "blue")).toContain("/1.0/instances/web?project=blue");
});

test("limits and restrictions hold for both clients, and say why", async () => {
  await lodge.must("project", "set", "blue", "limits.containers=1", "restricted=true");
  const second = await lodge.run("--project", "blue", "init", "tiny", "second");
  expect(second).toMatchObject({ status: 8, stderr: expect.stringContaining("limits.containers=1") });
  await lxc("project", "set", "blue", "limits.containers=2");
  const nested = await lodge.run("--project", "blue", "config", "set", "web", "security.nesting=true");
  expect(nested).toMatchObject({ status: 6, stderr: expect.stringContaining("restricted.containers.nesting") });
  expect((await lodge.run("--project", "blue", "snapshot", "create", "web")).stderr).toContain("restricted.snapshots");
  expect(await lodge.run("project", "set", "blue", "limits.instances=0")).toMatchObject({ status: 8 });
  expect(await lxc("project", "info", "blue", "-f", "csv")).toContain("CONTAINERS,2,1");
  expect(await lodge.must("project", "info", "blue", "-f", "csv")).toContain("containers,2,1");
});

test("an instance moves and is copied to another project, by both clients", async () => {
  await lodge.must("init", "tiny", "a");
  await lodge.must("project", "unset", "blue", "limits.containers", "restricted");
  await lxc("move", "a", "--target-project", "blue");
  expect(await lodge.must("--project", "blue", "list", "-f", "csv")).toContain("a,STOPPED");
  await lodge.must("--project", "blue", "move", "a", "b", "--target-project", "default");
  await lxc("copy", "b", "b", "--target-project", "blue");
  await lodge.must("copy", "b", "c", "--target-project", "blue");
  expect(await lxc("list", "--project", "blue", "-c", "n", "-f", "csv")).toBe("b\nc\nweb");
  await lodge.must("--project", "blue", "delete", "b", "c");
});

test("who is trusted with one project reaches nothing of another", async () => {
  await lodge.must("config", "set", "core.https_address=127.0.0.1:8443");
  const token = await lodge.must("config", "trust", "add", "ann", "--projects", "blue", "--role", "manager");
  const env = { LODGE_CONF: join(lodge.directory, "ann"), LODGE_DIR: "/nonexistent" };
  const line = (args: readonly string[]) => [...lodge.insideHostNetwork, process.execPath, cliMain, ...args];
  const ann = (...args: string[]) => {
    const [file = "", ...rest] = line(args);
    return runCommand(file, rest, { env });
  };
  await ann("remote", "add", "lab", token);
  await ann("remote", "switch", "lab");
  expect(await ann("project", "switch", "blue")).toMatchObject({ status: 0 });
  expect((await ann("list", "--all-projects", "-f", "csv")).stdout).toMatch(/^web,[^\n]*,blue\n$/);
  expect((await ann("project", "list", "-f", "csv")).stdout).toMatch(/^blue,[^\n]*\n$/);
  expect(await ann("--project", "default", "config", "show", "web")).toMatchObject({ status: 6 });
  expect(await ann("image", "list", "-f", "csv")).toMatchObject({ status: 0, stdout: expect.stringContaining("tiny") });
  expect((await ann("--project", "default", "image", "list", "-f", "csv")).stdout).toBe("");
  expect(await ann("project", "set", "blue", "limits.containers=99")).toMatchObject({ status: 6 });
  expect(await ann("move", "web", "--target-project", "default")).toMatchObject({ status: 6 });
  const others = await lodge.client.instances.update("b", { config: { "user.a": "b" } });
  expect(await ann("operation", "show", others.id)).toMatchObject({ status: 6 });
  const [file = "", ...rest] = line(["monitor", "-f", "json"]);
  const monitor = spawn(file, rest, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "ignore"] });
  let seen = "";
  monitor.stdout.on("data", (data: Buffer) => {
    seen += data.toString();
  });
  await until("an event of the project is seen", 20_000, async () => {
    await lodge.must("config", "set", "web", "user.side=default");
    await lodge.must("--project", "blue", "config", "set", "web", "user.side=blue");
    return seen.includes("/1.0/instances/web?project=blue") || undefined;
  });
  monitor.kill();
  await once(monitor, "close");
  expect(seen).not.toMatch(/instances\/web(?!\?project=blue)/);
});

test("a project goes when it is empty", async () => {
  expect(await lodge.run("project", "delete", "blue")).toMatchObject({ status: 4 });
  await lxc("delete", "-f", "web", "--project", "blue");
  expect((await lodge.run("project", "delete", "blue")).stderr).toContain("images");
  await lxc("image", "delete", "tiny", "--project", "blue");
  await lxc("project", "switch", "blue");
  await lxc("project", "rename", "blue", "red");
  expect(await lodge.run("--project", "blue", "list")).toMatchObject({ status: 3 });
  await lxc("project", "switch", "default");
  await lodge.must("project", "rename", "red", "blue");
  await lxc("project", "delete", "blue");
  expect(await lodge.run("--project", "blue", "list")).toMatchObject({ status: 3 });
  expect(await lodge.must("list", "-f", "csv")).toContain("web,RUNNING");
});
