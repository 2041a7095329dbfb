/** What goes from one daemon to another: by LXD's client, over the unix socket and HTTPS. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../harness/command.ts";
import { type Lodge, startEmptyLodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

const scratch = mkdtempSync(join(tmpdir(), "lodge-migration-"));

/** Has the images, and everything to begin with. */
let here: Lodge;
/** Gets it. */
let there: Lodge;

beforeAll(async () => {
  here = await startLodge({ images: ["tiny"] });
  there = await startEmptyLodge({ beside: here });
  await here.must("config", "set", "core.https_address=127.0.0.1:8441");
  await there.must("config", "set", "core.https_address=127.0.0.1:8442");
  await lxc("remote", "add", "there", await there.must("config", "trust", "add", "lxc"));
  // The same daemon as `local`, as others see it.
  await lxc("remote", "add", "here", await here.must("config", "trust", "add", "lxc"));
});
afterAll(async () => {
  await there.stop();
  await here.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const runLxc = (...words: string[]) => {
  const [program = "", ...args] = [...here.insideHostNetwork, "lxc", ...words];
  return runCommand(program, args, { env: { LXD_CONF: scratch, LXD_DIR: here.directory } });
};
const lxc = async (...words: string[]) => {
  const { status, stdout, stderr } = await runLxc(...words);
  expect(status, `lxc ${words.join(" ")}\n${stderr}${stdout}`).toBe(0);
  return stdout.trim();
};

const uuidOf = async ({ client }: Lodge, name: string) => (await client.instances.get(name)).config["volatile.uuid"];

describe("LXD's client", () => {
  beforeAll(async () => {
    await here.must("launch", "tiny", "c1");
    await here.must("exec", "c1", "--", "sh", "-c", "echo old > /root/notes");
    await here.must("snapshot", "create", "c1", "snap0");
    await here.must("exec", "c1", "--", "sh", "-c", "echo new > /root/notes");
  });

  test("is told that memory stays, and copies what runs without it", async () => {
    expect((await runLxc("copy", "c1", "there:c2")).stderr).toContain(
      'Instance "c1" is running, and its memory cannot go',
    );
    await lxc("copy", "c1", "there:c2", "--stateless", "--config", "user.a=1");
    expect(await there.must("list", "-f", "csv")).toMatch(/^c2,STOPPED/);
    await there.must("start", "c2");
    expect(await there.must("exec", "c2", "--", "cat", "/root/notes")).toBe("new");
    expect(await there.must("config", "get", "c2", "user.a")).toBe("1");
    await there.must("stop", "c2", "--force");
    await lxc("restore", "there:c2", "snap0");
    await there.must("start", "c2");
    expect(await there.must("exec", "c2", "--", "cat", "/root/notes")).toBe("old");
    expect(await uuidOf(there, "c2")).not.toBe(await uuidOf(here, "c1"));
    await here.must("stop", "c1", "--force");
  });

  test.each([
    ["pull", "c1", "there:pulled"],
    ["push", "c1", "there:pushed"],
    ["relay", "c1", "there:relayed"],
    ["pull", "here:c1", "there:between"],
    ["relay", "there:c2/snap0", "here:back"],
  ])("copies by %s from %s to %s", async (mode, from, to) => {
    await lxc("copy", from, to, "--mode", mode);
    const made = await lxc("config", "get", to, "volatile.uuid");
    expect(made).not.toBe("");
  });

  test("moves an instance, which stays what it is", async () => {
    const uuid = await uuidOf(here, "c1");
    await lxc("move", "c1", "there:", "--mode", "push");
    expect(await uuidOf(there, "c1")).toBe(uuid);
    expect(await here.must("list", "-f", "csv")).not.toMatch(/^c1,/m);
    expect(await there.must("snapshot", "list", "c1", "-f", "csv")).toMatch(/^snap0,/);
  });
});
