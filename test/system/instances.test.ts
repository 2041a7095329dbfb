/** The verbs, on both types of instance, with the CLI as a user types it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";
import { cliMain } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
const scratch = mkdtempSync(join(tmpdir(), "lodge-files-"));

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await lodge.stop();
});

const statusOf = async (name: string) => (await lodge.client.instances.state(name)).status;

describe.each([
  { name: "c1", type: "container", flags: [] },
  { name: "v1", type: "virtual-machine", flags: ["--vm"] },
])("$type", ({ name, type, flags }) => {
  beforeAll(async () => {
    await lodge.must("launch", "tiny", name, ...flags, "-c", "limits.memory=256MiB", "-c", "limits.cpu=1");
    await lodge.must("wait", name);
  });

  test("is listed in every format", async () => {
    const [instance] =
      (JSON.parse(await lodge.must("list", name, "-f", "json")) as { type: string; status: string }[]) ?? [];
    expect(instance).toMatchObject({ name, type, status: "Running" });
    for (const format of ["table", "yaml", "csv"]) expect(await lodge.must("list", "-f", format)).toContain(name);
  });

  test("exec passes output, error output, status, standard input, environment and directory on", async () => {
    const both = await lodge.run("exec", name, "--", "sh", "-c", "echo out; echo err >&2; exit 7");
    expect(both).toMatchObject({ status: 7, stdout: "out\n", stderr: "err\n" });
    const input = await lodge.runWith({ input: "one\ntwo\n" }, "exec", name, "--", "wc", "-l");
    expect(input.stdout.trim()).toBe("2");
    const words = ["exec", name, "--env", "GREETING=hello there", "--cwd", "/etc", "--"];
    expect(await lodge.must(...words, "sh", "-c", 'echo "$GREETING from $PWD"')).toBe("hello there from /etc");
  });

  test("exec tells its own failures from the guest's", async () => {
    expect((await lodge.run("exec", name, "--", "/no/such/program")).status).toBe(127);
    expect((await lodge.run("exec", name, "--", "/etc")).status).toBe(126);
    expect((await lodge.run("exec", "nobody", "--", "true")).status).toBe(125);
  });

  test("a large output arrives whole", async () => {
    const { stdout } = await lodge.run("exec", name, "--", "sh", "-c", "seq 1 200000");
    expect(stdout.length).toBe(1_288_895);
  });

  test("files go in and out with their modes, and directories with all that is in them", async () => {
    const file = join(scratch, `${name}-note`);
    writeFileSync(file, "a note\n");
    await lodge.must("file", "push", file, `${name}/root/note`, "--mode", "0640");
    expect(await lodge.must("exec", name, "--", "stat", "-c", "%a %u", "/root/note")).toBe("640 0");
    await lodge.must("exec", name, "--", "sh", "-c", "mkdir -p /root/tree/deep && cp /root/note /root/tree/deep/copy");
    await lodge.must("file", "pull", "-r", `${name}/root/tree`, join(scratch, name));
    expect(readFileSync(join(scratch, name, "deep", "copy"), "utf8")).toBe("a note\n");
    await lodge.must("file", "delete", `${name}/root/note`);
    expect((await lodge.run("exec", name, "--", "test", "-e", "/root/note")).status).toBe(1);
  });

  test("files go in and out by SFTP, with OpenSSH's client", async () => {
    const [batch, file, back] = ["batch", "services", "back"].map((each) => join(scratch, `${name}-${each}`));
    const content = "x".repeat(300_000);
    writeFileSync(file ?? "", content);
    const commands = ["mkdir /root/sftp", `put ${file} /root/sftp/put`, "chmod 600 /root/sftp/put"];
    commands.push("rename /root/sftp/put /root/sftp/there", "symlink there /root/sftp/link", "ls -ln /root/sftp");
    writeFileSync(batch ?? "", [...commands, `get /root/sftp/link ${back}`].join("\n"));
    const server = `${process.execPath} ${cliMain} file sftp ${name}`;
    const env = { LODGE_DIR: lodge.directory, LODGE_CONF: "/nonexistent" };
    const { status, stdout, stderr } = await runCommand("sftp", ["-b", batch ?? "", "-D", server], { env });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/lrwxrwxrwx.*link/);
    expect(readFileSync(back ?? "", "utf8")).toBe(content);
    expect(await lodge.must("exec", name, "--", "stat", "-c", "%a %u %s", "/root/sftp/there")).toBe("600 0 300000");
  });

  test("pause and resume", async () => {
    await lodge.must("pause", name);
    expect(await statusOf(name)).toBe("Frozen");
    await lodge.must("resume", name);
    expect(await lodge.must("exec", name, "--", "echo", "on")).toBe("on");
  });

  test("the console's log has what the guest printed at its start", async () => {
    expect((await lodge.must("console", name, "--log")).length).toBeGreaterThan(0);
  });

  test("configuration is shown, set, checked and unset", async () => {
    await lodge.must("config", "set", name, "user.role=test");
    expect(await lodge.must("config", "get", name, "user.role")).toBe("test");
    const refused = await lodge.run("config", "set", name, "limits.memory=lots");
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("limits.memory");
    expect((await lodge.run("config", "set", name, "no.such.key=1")).status).toBe(2);
    await lodge.must("config", "unset", name, "user.role");
    expect(await lodge.must("config", "get", name, "user.role")).toBe("");
  });

  test("restart gives a new run, stop and start keep the files", async () => {
    await lodge.must("exec", name, "--", "sh", "-c", "echo kept > /root/kept; sync");
    await lodge.must("restart", name);
    expect(await lodge.must("exec", name, "--", "cat", "/root/kept")).toBe("kept");
    await lodge.must("stop", name);
    expect(await statusOf(name)).toBe("Stopped");
    // Those of a virtual machine are on a disk that its guest alone reads.
    if (type === "container") expect(await lodge.must("file", "pull", `${name}/root/kept`, "-")).toBe("kept");
    expect((await lodge.run("start", name)).status).toBe(0);
    expect(await lodge.must("exec", name, "--", "cat", "/root/kept")).toBe("kept");
  });

  test("a guest that powers off is seen as stopped", async () => {
    await lodge.run("exec", name, "--", "poweroff");
    await lodge.must("wait", name, "stopped", "--timeout", "60");
    await lodge.must("start", name);
    await lodge.must("wait", name);
  });
});

test("neither runs as root on the host", async () => {
  const pid = async (name: string) => (await lodge.client.instances.state(name)).pid;
  const map = readFileSync(`/proc/${await pid("c1")}/uid_map`, "utf8")
    .trim()
    .split(/\s+/);
  expect(Number(map[1])).toBeGreaterThanOrEqual(65536);
  const uids = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${await pid("v1")}/status`, "utf8"))?.[1]?.split("\t");
  for (const uid of uids ?? ["0"]) expect(Number(uid)).toBeGreaterThanOrEqual(65536);
});

test("they have different kernels, and addresses by which they and the host reach each other", async () => {
  const host = readFileSync("/proc/sys/kernel/osrelease", "utf8").trim();
  expect(await lodge.must("exec", "c1", "--", "uname", "-r")).toBe(host);
  expect(await lodge.must("exec", "v1", "--", "uname", "-r")).not.toBe(host);
  for (const name of ["c1", "v1"]) {
    const address = await lodge.ipv4(name);
    expect(await lodge.must("wait", name, "address", "--timeout", "60")).toContain(address);
    // Nobody listens on that port; a refusal is an answer all the same.
    const knock = await lodge.runOnHost("socat", "-u", "OPEN:/dev/null", `TCP:${address}:9,connect-timeout=5`);
    expect(knock.stderr).toContain("Connection refused");
  }
  // An IPv6 address comes seconds after a guest's start: solicitation, advertisement, duplicate detection.
  const reaches = (from: string, to: string) => async () =>
    (await lodge.run("exec", from, "--", "ping", "-c", "1", "-W", "1", `${to}.lodge`)).status === 0;
  await until("v1 answers c1", 30_000, reaches("c1", "v1"));
  await until("c1 answers v1", 30_000, reaches("v1", "c1"));
});

test("a virtual machine's screen is a picture", async () => {
  const picture = join(scratch, "screen.png");
  await lodge.must("screenshot", "v1", picture);
  expect(readFileSync(picture).subarray(1, 4).toString()).toBe("PNG");
});

test("delete refuses a running instance, and with --force leaves nothing of it", async () => {
  const refused = await lodge.run("delete", "c1");
  expect(refused.status).toBe(4);
  expect(refused.stderr).toContain("--force");
  await lodge.must("delete", "--force", "c1", "v1");
  expect(JSON.parse(await lodge.must("list", "-f", "json"))).toEqual([]);
});
