/**
 * `npm start` and `npm run uninstall` on a machine that has packages, build and images already, and every command of
 * the README and the tutorial in between.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findRemains } from "../../scripts/host/remains.mjs";
import { type CommandResult, runCommand } from "../harness/command.ts";
import { commandBlocks } from "../harness/documentation.ts";
import type { Lodge } from "../harness/lodge.ts";
import { checkout } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
let started: CommandResult;

const script = (name: string, ...args: string[]) =>
  lodge.runOnHost("env", `LODGE_DIR=${lodge.directory}`, process.execPath, join(checkout, "scripts", name), ...args);

/** What tells one run of an instance from the next. */
const identities = async () => ({
  container: await lodge.must("exec", "web", "--", "cut", "-d", " ", "-f", "22", "/proc/1/stat"),
  machine: await lodge.must("exec", "db", "--", "cat", "/proc/sys/kernel/random/boot_id"),
});

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny", "debian/12"] });
  started = await script("start.mjs");
});
afterAll(() => lodge.stop());

test("npm start leaves a container and a virtual machine running", async () => {
  expect(started, started.stderr + started.stdout).toMatchObject({ status: 0 });
  const instances = JSON.parse(await lodge.must("list", "-f", "json")) as {
    name: string;
    type: string;
    status: string;
  }[];
  expect(instances.map(({ name, type, status }) => ({ name, type, status }))).toEqual([
    { name: "db", type: "virtual-machine", status: "Running" },
    { name: "web", type: "container", status: "Running" },
  ]);
});

test("npm start says what each is", () => {
  const hostKernel = readFileSync("/proc/sys/kernel/osrelease", "utf8").trim();
  const line = (name: string) => started.stdout.split("\n").find((each) => each.trim().startsWith(`${name} `)) ?? "";
  expect(line("web")).toMatch(/container +Running +10\.\S+ /);
  expect(line("web")).toContain(hostKernel);
  expect(line("db")).toMatch(/virtual-machine +Running +10\.\S+ /);
  expect(line("db")).not.toContain(hostKernel);
  for (const name of ["web", "db"]) expect(line(name)).toContain("Debian GNU/Linux 12");
});

test.each([...commandBlocks("README.md"), ...commandBlocks("docs/tutorial.md")])("$place", async ({ commands }) => {
  const options = { env: { LODGE_DIR: lodge.directory }, timeout: 600_000 };
  const result = await runCommand("bash", ["-e", "-o", "pipefail", "-c", commands], options);
  expect(result, `${commands}\n${result.stdout}${result.stderr}`).toMatchObject({ status: 0 });
});

test("a second npm start changes nothing", async () => {
  const [before, pid] = [await identities(), readFileSync(join(lodge.directory, "lodged.pid"), "utf8")];
  expect(await script("start.mjs")).toMatchObject({ status: 0 });
  expect(await identities()).toEqual(before);
  expect(readFileSync(join(lodge.directory, "lodged.pid"), "utf8")).toBe(pid);
});

test("npm start brings a killed daemon back, and the instances ran on", async () => {
  const before = await identities();
  process.kill(Number(readFileSync(join(lodge.directory, "lodged.pid"), "utf8")), "SIGKILL");
  expect(await script("start.mjs")).toMatchObject({ status: 0 });
  expect(await identities()).toEqual(before);
});

test("npm run uninstall asks first", async () => {
  const refused = await script("uninstall.mjs");
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("--yes");
  expect(await lodge.must("list", "-f", "csv")).toContain("web");
});

test("npm run uninstall leaves nothing", async () => {
  const removed = await script("uninstall.mjs", "--yes");
  expect(removed, removed.stderr + removed.stdout).toMatchObject({ status: 0 });
  expect(await findRemains(lodge.directory, { inside: lodge.insideHostNetwork })).toEqual([]);
});
