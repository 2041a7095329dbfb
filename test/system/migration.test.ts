/** What goes from one daemon to another: by LXD's client and Lodge's, over the unix socket and HTTPS, and when it breaks. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { exitStatus } from "@lodge/api/errors";
import { type MigrationPeer, migrate, migrationEnd, type RunningOperation } from "@lodge/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Ballast } from "../harness/ballast.ts";
import { runCommand } from "../harness/command.ts";
import { type Lodge, startEmptyLodge } from "../harness/lodge.ts";
import { cliMain } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

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
  // `here` is the same daemon as `local`, as others see it.
  for (const [name, lodge] of Object.entries({ here, there }))
    for (const client of [lxc, cli])
      await client("remote", "add", name, await lodge.must("config", "trust", "add", "client"));
  await here.must("launch", "tiny", "c1");
  await here.must("exec", "c1", "--", "sh", "-c", "echo old > /root/notes");
  await here.must("snapshot", "create", "c1", "snap0");
  await here.must("exec", "c1", "--", "sh", "-c", "echo new > /root/notes");
});
afterAll(async () => {
  await there.stop();
  await here.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const run = (...words: string[]) => {
  const [program = "", ...args] = [...here.insideHostNetwork, ...words];
  const env = { LXD_CONF: join(scratch, "lxc"), LODGE_CONF: join(scratch, "lodge"), NO_COLOR: "1" };
  return runCommand(program, args, { env: { ...env, LXD_DIR: here.directory, LODGE_DIR: here.directory } });
};
const runLxc = (...words: string[]) => run("lxc", ...words);
const runCli = (...words: string[]) => run(process.execPath, cliMain, ...words);
const must = async (running: ReturnType<typeof run>, words: readonly string[]) => {
  const { status, stdout, stderr } = await running;
  expect(status, `${words.join(" ")}\n${stderr}${stdout}`).toBe(0);
  return stdout.trim();
};
const lxc = (...words: string[]) => must(runLxc(...words), words);
const cli = (...words: string[]) => must(runCli(...words), words);

const uuidOf = async ({ client }: Lodge, name: string) => (await client.instances.get(name)).config["volatile.uuid"];
const namesOn = ({ client }: Lodge) => client.instances.names();
const rootsOf = ({ directory }: Lodge) =>
  readdirSync(join(directory, "pools/default/roots")).filter((name) => !name.startsWith("."));

describe("LXD's client", () => {
  test("is told that memory stays, and copies what runs without it", async () => {
    expect((await runLxc("copy", "c1", "there:c2")).stderr).toContain(
      'Instance "c1" is running, and its memory cannot go',
    );
    await lxc("copy", "c1", "there:c2", "--stateless", "--config", "user.a=1");
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

  test.concurrent.each([
    ["pull", "c1", "there:pulled"],
    ["push", "c1", "there:pushed"],
    ["relay", "c1", "there:relayed"],
    ["pull", "here:c1", "there:between"],
    ["relay", "there:c2/snap0", "here:back"],
  ])("copies by %s from %s to %s", async (mode, from, to) => {
    await lxc("copy", from, to, "--mode", mode);
    expect(await lxc("config", "get", to, "volatile.uuid")).not.toBe("");
  });

  test("brings a copy up to date, which stays the machine that it is", async () => {
    const uuid = await uuidOf(there, "pulled");
    await here.must("snapshot", "create", "c1", "later");
    await here.must("config", "set", "c1", "user.b=2");
    await lxc("copy", "c1", "there:pulled", "--refresh");
    expect(await there.must("config", "get", "pulled", "user.b")).toBe("2");
    expect(await uuidOf(there, "pulled")).toBe(uuid);
    const snapshots = await there.client.instances.snapshots("pulled").list();
    expect(snapshots.map(({ name }) => name)).toEqual(["snap0", "later"]);
    expect(await cli("copy", "c1", "there:pushed", "--refresh")).toMatch(/^Copied local:c1 to there:pushed/);
    await here.must("snapshot", "delete", "c1", "later");
  });

  test("copies and moves volumes", async () => {
    await here.must("storage", "volume", "create", "default", "data", "user.a=1");
    await here.must("storage", "volume", "snapshot", "default", "data", "s0");
    await lxc("storage", "volume", "copy", "default/data", "there:default/data", "--mode", "push");
    await lxc("storage", "volume", "move", "default/data", "there:default/moved");
    const volumes = there.client.pools.volumes("default");
    expect(await volumes.list()).toMatchObject([{ name: "data", config: { "user.a": "1" } }, { name: "moved" }]);
    expect(await volumes.snapshots("moved")).toMatchObject([{ name: "moved/s0" }]);
    expect(await here.client.pools.volumes("default").list()).toEqual([]);
  });

  test("brings copies of volumes up to date", async () => {
    const write = (content: string) =>
      here.client.pools
        .volumes("default")
        .files("again")
        .write("/file", Readable.from([content]));
    const read = (lodge: Lodge, name: string) =>
      lodge.must("storage", "volume", "file", "pull", "default", `${name}/file`, "-");
    await here.must("storage", "volume", "create", "default", "again");
    await write("one");
    await here.must("storage", "volume", "snapshot", "default", "again", "s0");
    await lxc("storage", "volume", "copy", "default/again", "there:default/again", "--refresh");
    await write("two");
    await there.must("storage", "volume", "snapshot", "default", "again", "own");
    await here.must("storage", "volume", "snapshot", "default", "again", "s1");
    await cli("storage", "volume", "copy", "default/again", "there:default/again", "--refresh", "--mode", "push");
    const volumes = there.client.pools.volumes("default");
    expect((await volumes.snapshots("again")).map(({ name }) => name)).toEqual(["again/s0", "again/s1"]);
    expect(await read(there, "again")).toBe("two");
    await lxc("storage", "volume", "copy", "default/again", "default/twin", "--refresh");
    await lxc("storage", "volume", "copy", "default/again", "default/twin", "--refresh");
    expect(await read(here, "twin")).toBe("two");
    await here.must("storage", "volume", "delete", "default", "again", "twin");
    await there.must("storage", "volume", "delete", "default", "again");
  });
});

describe("Lodge's CLI", () => {
  test("moves an instance, which stays what it is and runs on there", async () => {
    await here.must("init", "tiny", "m1");
    await here.must("start", "m1");
    const uuid = await uuidOf(here, "m1");
    const running = await runCli("move", "m1", "there:");
    expect(running).toMatchObject({ status: exitStatus.conflict });
    expect(await cli("move", "m1", "there:m2", "--stateless", "--mode", "relay")).toMatch(
      /Moved local:m1 to there:m2$/,
    );
    expect(await there.must("exec", "m2", "--", "hostname")).toBe("m2");
    expect(await uuidOf(there, "m2")).toBe(uuid);
    expect(await namesOn(here)).not.toContain("m1");
  });

  test("moves a volume there, and back", async () => {
    expect(await cli("storage", "volume", "move", "there:default/data", "default/data")).toMatch(/^Moved/);
    await cli(
      "storage",
      "volume",
      "copy",
      "here:default/data",
      "there:default/data",
      "--volume-only",
      "--mode",
      "pull",
    );
    expect(await there.client.pools.volumes("default").snapshots("data")).toEqual([]);
  });

  test("refuses what is there already, what is nowhere, and a server that is not the one that it was", async () => {
    expect((await runCli("copy", "c1", "there:c2")).stderr).toContain('An instance named "c2" exists already');
    expect(await runCli("copy", "c9", "there:")).toMatchObject({ status: exitStatus.not_found });
    const [from, to] = [await migrationEnd(here.client), await migrationEnd(there.client)];
    const certificate = to.certificate ?? "";
    const going = migrate(migrationOf("c1", "x"), { ...from, certificate }, to, "pull");
    await expect(going).rejects.toThrow("its certificate is not the one that is expected");
    expect(await namesOn(there)).not.toContain("x");
  });

  test("brings a virtual machine, byte for byte", async () => {
    await here.must("init", "--empty", "v1", "--vm", "-d", "root,size=64MiB");
    const disk = async (lodge: Lodge) => {
      const pool = join(lodge.directory, "pools/default");
      const record = join(pool, "roots", (await uuidOf(lodge, "v1"))?.slice(0, 8) ?? "", "root.json");
      const { top } = JSON.parse(readFileSync(record, "utf8")) as { top: string };
      return join(pool, "layers", top, "disk.qcow2");
    };
    const expectSame = async () =>
      execFileSync("qemu-img", ["compare", "-f", "qcow2", "-F", "qcow2", await disk(here), await disk(there)]);
    await here.must("snapshot", "create", "v1", "empty");
    execFileSync("qemu-io", ["-f", "qcow2", "-c", "write -P 7 1M 1M", await disk(here)]);
    await here.must("snapshot", "create", "v1", "full");
    execFileSync("qemu-io", ["-f", "qcow2", "-c", "write -P 8 1M 64k", await disk(here)]);
    await cli("copy", "v1", "there:");
    expect(await there.client.instances.get("v1")).toMatchObject({ type: "virtual-machine", status: "Stopped" });
    await expectSame();
    for (const lodge of [here, there]) await lodge.must("snapshot", "restore", "v1", "full");
    await expectSame();
  });
});

function migrationOf(name: string, to: string, devices = {}) {
  return {
    send: (target?: MigrationPeer) => here.client.instances.send(name, { live: false, instance_only: true, target }),
    receive: (source: { type: "migration"; mode: "pull" | "push" }) =>
      there.client.instances.create({ name: to, source, devices }),
    follow: (operation: RunningOperation) => operation.wait(),
  };
}

describe("when it breaks", () => {
  beforeAll(async () => {
    const much = join(scratch, "much");
    writeFileSync(much, randomBytes(30_000_000));
    await here.must("init", "tiny", "big");
    await here.must("file", "push", much, "big/root/much");
  });

  /** In the middle: both operations wait for the client that joins them, which hands on no more than the beginning. */
  async function inTheMiddle() {
    const { send, receive } = migrationOf("big", "half");
    const [source, target] = [await send(), await receive({ type: "migration", mode: "push" })];
    const sockets = new Map<string, readonly [Socket, Socket]>();
    for (const name of ["control", "fs"]) {
      const secret = ({ started }: RunningOperation) => String(started.metadata[name]);
      sockets.set(name, [await source.openWebSocket(secret(source)), await target.openWebSocket(secret(target))]);
    }
    const begun = Promise.withResolvers<void>();
    for (const [name, [one, other]] of sockets) {
      let bytes = 0;
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        from.on("message", (data, binary) => {
          bytes += (data as Buffer).length;
          if (name === "fs" && bytes > 5_000_000) {
            from.pause();
            begun.resolve();
          } else to.send(data, { binary });
        });
        from.resume();
      }
    }
    await begun.promise;
    // What has been sent may still be to be read.
    await until("the target has begun", 30_000, async () => rootsOf(there).length > (await namesOn(there)).length);
    const failure = (operation: RunningOperation) =>
      operation.wait().then(
        () => "it succeeded",
        (error: Error) => error.message,
      );
    return { source, target, sockets, failed: Promise.all([failure(source), failure(target)]) };
  }
  type Socket = Awaited<ReturnType<RunningOperation["openWebSocket"]>>;

  async function expectNothing(): Promise<void> {
    const names = await namesOn(there);
    expect(names).not.toContain("half");
    expect(rootsOf(there)).toHaveLength(names.length);
    expect(await here.client.instances.get("big")).toMatchObject({ status: "Stopped" });
    expect(rootsOf(here)).toHaveLength((await namesOn(here)).length);
  }

  test.each(["control", "fs"])("nothing is left when the websocket %s is lost", async (name) => {
    const { sockets, failed } = await inTheMiddle();
    for (const socket of sockets.get(name) ?? []) socket.terminate();
    // Whichever sees it first tells the other, by the socket that is left: "The other server gave up: …".
    const lost: unknown = expect.stringContaining("The other server is lost: the connection to it broke off.");
    expect(await failed).toEqual([lost, lost]);
    await expectNothing();
  });

  test("nothing is left when it is cancelled", async () => {
    const { source, failed } = await inTheMiddle();
    await source.cancel();
    expect((await failed)[1]).toBe("The other server gave up: It was cancelled.");
    await expectNothing();
  });

  test.each(["source", "target"] as const)("nothing is left when the daemon of the %s is killed", async (side) => {
    const { sockets, failed } = await inTheMiddle();
    await (side === "source" ? here : there).endDaemon("SIGKILL");
    // What a client does that joins two.
    for (const socket of [...sockets.values()].flat()) socket.terminate();
    expect((await failed)[side === "source" ? 1 : 0]).toContain("The other server is lost");
    await (side === "source" ? here : there).startDaemon();
    await expectNothing();
  });

  test("nothing is left where there is no room", async () => {
    await there.must("storage", "create", "small", "btrfs", "size=256MiB");
    const ballast = new Ballast(() => `/proc/${there.pid}/root${there.directory}/pools/small`);
    await ballast.fill(20 << 20);
    const full = await runCli("copy", "big", "there:half", "--storage", "small");
    expect(full).toMatchObject({ status: exitStatus.exhausted });
    await expectNothing();
    await ballast.remove();
  });
});
