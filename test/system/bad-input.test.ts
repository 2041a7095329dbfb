/** Every refusal says what, on which object, and what to do; has its status; and leaves everything as it was. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitStatus } from "@lodge/api/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";
import { daemonMain } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
const scratch = mkdtempSync(join(tmpdir(), "lodge-bad-"));

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("init", "tiny", "c1");
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await lodge.stop();
});

const everything = async () => ({
  instances: (await lodge.client.instances.list()).map((instance) => ({ ...instance, state: undefined })),
  images: await lodge.client.images.list(),
  aliases: await lodge.client.images.aliases(),
});

const { invalid, not_found, conflict, exhausted } = exitStatus;

test.each([
  { words: ["launch", "tiny", "bad-"], status: invalid, says: ["bad-", "DNS label"] },
  { words: ["launch", "tiny", "1abc"], status: invalid, says: ["1abc"] },
  { words: ["launch", "tiny", `a${"b".repeat(63)}`], status: invalid, says: ["63"] },
  { words: ["launch", "no/such", "c2"], status: not_found, says: ["no/such", "lodge image"] },
  { words: ["launch", "tiny", "c1"], status: conflict, says: ["c1"] },
  { words: ["launch", "tiny", "c2", "-c", "limits.nonsense=1"], status: invalid, says: ["limits.nonsense"] },
  { words: ["launch", "tiny", "c2", "-c", "limits.cpu=none"], status: invalid, says: ["limits.cpu", "none"] },
  {
    words: ["launch", "tiny", "c2", "-c", "limits.memory=900TiB"],
    status: exhausted,
    says: ["limits.memory", "900TiB"],
  },
  { words: ["launch", "tiny", "c2", "-p", "nosuch"], status: not_found, says: ["nosuch"] },
  { words: ["launch", "tiny", "c2", "-c", "volatile.uuid=1"], status: invalid, says: ["volatile.uuid"] },
  { words: ["config", "set", "nobody", "user.a=1"], status: not_found, says: ["nobody"] },
  { words: ["stop", "c1"], status: conflict, says: ["c1", "not running"] },
  { words: ["pause", "c1"], status: conflict, says: ["c1"] },
  { words: ["resume", "c1"], status: conflict, says: ["c1"] },
  { words: ["screenshot", "c1", "/dev/null"], status: undefined, says: ["c1"] },
  { words: ["start", "nobody"], status: not_found, says: ["nobody"] },
  { words: ["image", "delete", "nosuch"], status: not_found, says: ["nosuch"] },
  { words: ["image", "delete", "tiny"], status: undefined, says: ["tiny"] },
  { words: ["image", "build", "no/such"], status: undefined, says: ["no/such"] },
  { words: ["operation", "show", "00000000-0000-4000-8000-000000000000"], status: not_found, says: ["00000000"] },
  { words: ["nonsense"], status: invalid, says: ["nonsense"] },
  { words: ["list", "--nonsense"], status: invalid, says: ["--nonsense"] },
])("lodge $words", async ({ words, status, says }) => {
  const before = await everything();
  const result = await lodge.run(...words);
  if (status === undefined) expect(result.status).toBeGreaterThan(0);
  else expect(result, result.stderr).toMatchObject({ status });
  for (const each of says) expect(result.stderr.toLowerCase()).toContain(each.toLowerCase());
  expect(result.stdout).toBe("");
  expect(await everything()).toEqual(before);
});

test.each([
  ["nothing at all", ""],
  ["no archive", "this is no archive"],
  ["the beginning of an xz file", Buffer.from("fd377a585a000004e6d6b446", "hex")],
  ["the beginning of a squashfs", Buffer.concat([Buffer.from("hsqs"), Buffer.alloc(200)])],
  ["the beginning of a qcow2", Buffer.concat([Buffer.from("QFI\u00fb", "latin1"), Buffer.alloc(100)])],
])("importing %s keeps nothing", async (name, content) => {
  const file = join(scratch, `${name.replaceAll(" ", "-")}.tar`);
  writeFileSync(file, content);
  const before = await everything();
  const result = await lodge.run("image", "import", file, "--alias", "bad");
  expect(result, result.stderr).toMatchObject({ status: invalid });
  expect(await everything()).toEqual(before);
});

const daemon = (directory: string) => {
  const [file, ...args] = [...lodge.insideHostNetwork, process.execPath, daemonMain];
  return runCommand(file, args, { env: { LODGE_DIR: directory }, timeout: 60_000 });
};

test("a second daemon on the same directory is refused", async () => {
  const second = await daemon(lodge.directory);
  expect(second.status).not.toBe(0);
  expect(second.stderr).toContain(lodge.directory);
  expect(await lodge.must("list", "-f", "csv")).toContain("c1");
});

test("a directory whose sockets' paths would be too long is refused", async () => {
  const long = join("/tmp", `lodge-${"x".repeat(90)}`);
  const refused = await daemon(long);
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toMatch(/107/);
});

test("a directory that is none is refused", async () => {
  const file = join(scratch, "file");
  writeFileSync(file, "");
  const refused = await daemon(file);
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain(file);
});

test("a corrupted database is refused with how to mend it, and left as it was", async () => {
  const directory = mkdtempSync("/tmp/lodge-t-db");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "lodge.db"), Buffer.alloc(8192, "no database"));
  try {
    const refused = await daemon(directory);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain(join(directory, "lodge.db"));
  } finally {
    await runCommand(process.execPath, [daemonMain, "purge"], { env: { LODGE_DIR: directory } });
    rmSync(directory, { recursive: true, force: true });
  }
});

test("a truncated database is refused with how to mend it, which mends it", async () => {
  // A copy is made at each start; a daemon that ends in order has written all of its log into the file.
  await lodge.restartDaemon("SIGTERM");
  await lodge.must("init", "tiny", "later");
  const roots = () => readdirSync(join(lodge.directory, "pools", "default", "roots")).length;
  const before = roots();
  await lodge.endDaemon("SIGTERM");
  const file = join(lodge.directory, "lodge.db");
  truncateSync(file, 5000);
  const refused = await daemon(lodge.directory);
  expect(refused, refused.stderr).toMatchObject({ status: 1 });
  expect(refused.stderr).toContain(`The database ${file} is damaged`);
  const [, mend = ""] = /then (rm .* && cp .*), then start it again/.exec(refused.stderr) ?? [];
  expect((await runCommand("sh", ["-c", mend])).status).toBe(0);
  await lodge.startDaemon();
  const listed = await lodge.must("list", "-f", "csv");
  expect(listed).toContain("c1");
  expect(listed).not.toContain("later");
  // What the copy does not know is not taken for rubbish.
  expect(roots()).toBe(before);
});
