/** Whatever is asked of an instance's files, by REST or by SFTP, and whatever the guest does meanwhile: nothing beyond its root is touched. */
import { createHash } from "node:crypto";
import { renameSync, symlinkSync } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duplexPair, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RootedFiles } from "./rooted-files.ts";
import { run } from "./run.ts";
import { string, uint32 } from "./sftp/packet.ts";
import { SftpClient } from "./sftp/testing/client.ts";

/** What nobody in the root may read. */
const secret = "canary that must not sing";

let directory: string;
let root: string;
/** What lies beside the root, as it was. */
let before: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-canary-"));
  root = join(directory, "root");
  const outside = join(directory, "outside");
  await mkdir(join(outside, "empty"), { recursive: true });
  await mkdir(join(outside, "etc"));
  for (const name of ["passwd", "etc/passwd", "a", "b"]) {
    await writeFile(join(outside, name), secret);
    await chmod(join(outside, name), 0o640);
  }
  await symlink("passwd", join(outside, "link"));
  before = await pictureOf(outside);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A guest's tree with every way out that it can have made. */
async function makeRoot(): Promise<void> {
  await rm(root, { recursive: true, force: true });
  await mkdir(join(root, "a/b"), { recursive: true });
  await mkdir(join(root, "etc"));
  await writeFile(join(root, "etc/passwd"), "inside");
  await writeFile(join(root, "a/b/file"), "inside");
  const outside = join(directory, "outside");
  const links: Readonly<Record<string, string>> = {
    ...{ absolute: outside, relative: "../outside", climbing: `${"../".repeat(40)}${outside.slice(1)}`, self: "self" },
    ...{ chain1: "chain2", chain2: "a/chain3", "a/chain3": "../../outside", "a/up": "../..", dots: "a/../../outside" },
    ...{
      cwd: "/proc/self/cwd",
      hostroot: "/proc/1/root",
      fd: "/proc/self/fd/0",
      dangling: "../outside/made",
      slash: "/",
    },
    ...{ "a/b/leaf": "../../../outside/passwd", target: `${outside}/passwd`, directory: "a/b" },
  };
  for (const [name, target] of Object.entries(links)) await symlink(target, join(root, name));
  await run("mkfifo", [join(root, "fifo")]);
}

/** All that there is in a directory: names, kinds, owners, modes and contents. */
async function pictureOf(place: string): Promise<string> {
  const lines: string[] = [];
  for (const name of (await readdir(place, { recursive: true })).sort()) {
    const path = join(place, name);
    const { mode, uid, gid, mtimeMs, nlink } = await lstat(path);
    const isLink = (mode & 0o170000) === 0o120000;
    const content = isLink ? await readlink(path) : mode & 0o100000 ? await readFile(path, "latin1") : "";
    lines.push([name, mode.toString(8), uid, gid, mtimeMs, nlink, content].join(" "));
  }
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

const open = () =>
  new RootedFiles({ path: root, crossMounts: false, ids: { base: 0, size: 2 ** 32 - 1 }, instance: "web" });

const part = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("absolute", "relative", "climbing", "chain1", "dots", "dangling", "target") },
  { weight: 4, arbitrary: fc.constantFrom("a", "b", "leaf", "up", "chain3", "directory", "slash", "self") },
  { weight: 4, arbitrary: fc.constantFrom("..", ".", "", "/", "../..", "outside", "passwd", "link", "empty", "etc") },
  { weight: 2, arbitrary: fc.constantFrom("cwd", "hostroot", "fd", "fifo", "proc", "file", "made") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("n".repeat(255), "n".repeat(256), "é".repeat(127), "\0", "a\0b", "\u2028", "\n"),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
);
const path = fc
  .tuple(fc.constantFrom("/", "//", "/../", "", "./"), fc.array(part, { maxLength: 6 }), fc.constantFrom("", "/", "/."))
  .map(([head, parts, tail]) => `${head}${parts.join("/")}${tail}`);

/** Bytes that need not be a text. */
const bytePath = fc.oneof(
  { weight: 4, arbitrary: path.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.concat([Buffer.from("/"), bytes])) },
);

type Step = (files: RootedFiles, client: SftpClient) => Promise<unknown>;
const attributes = { uid: 1, gid: 2, mode: 0o777 };
const rest = fc.tuple(fc.nat(6), path).map(([verb, at]): [string, Step] => [
  `rest ${verb} ${JSON.stringify(at)}`,
  async (files) => {
    const content = () => Readable.from([Buffer.from("written")]);
    switch (verb) {
      case 0:
        return buffer(await files.read(at));
      case 1:
        return files.write(at, content(), attributes);
      case 2:
        return files.write(at, content(), {}, true);
      case 3:
        return files.makeDirectory(at, attributes);
      case 4:
        return files.makeSymlink(at, "../outside/passwd", attributes);
      case 5:
        return files.remove(at);
      default:
        return (await files.list(at)).join();
    }
  },
]);
const sftp = fc.tuple(fc.nat(13), bytePath, bytePath, fc.nat(0x3f)).map(([verb, at, to, flags]): [string, Step] => [
  `sftp ${verb} ${at.toString("latin1")} ${to.toString("latin1")} ${flags}`,
  async (_files, client) => {
    switch (verb) {
      case 0:
        return client.read(at);
      case 1:
        return client.write(at, "written");
      case 2:
        return client.close(await client.open(at, flags, 0o777));
      case 3:
        return client.chmod(at, 0o777);
      case 4:
        return client.chown(at, 7, 7);
      case 5:
        return client.truncate(at, 1);
      case 6:
        return client.remove(at);
      case 7:
        return client.mkdir(at);
      case 8:
        return client.rmdir(at);
      case 9:
        return client.rename(at, to);
      case 10:
        return client.extended("posix-rename@openssh.com", string(at), string(to));
      case 11:
        return client.extended("hardlink@openssh.com", string(at), string(to));
      case 12:
        return client.extended("lsetstat@openssh.com", string(at), uint32(8), uint32(5), uint32(5));
      default:
        return Buffer.concat(await client.list(at));
    }
  },
]);

describe("a file operation", () => {
  beforeEach(makeRoot);

  it("never leaves the instance, and never waits", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc
        .asyncProperty(fc.array(fc.oneof(rest, sftp), { minLength: 1, maxLength: 12 }), async (steps) => {
          await using session = await connect();
          for (const [, step] of steps) expect(await told(step, session)).not.toContain(secret);
          expect(await pictureOf(join(directory, "outside"))).toBe(before);
        })
        .beforeEach(makeRoot),
      { numRuns: 150 },
    );
  });

  it("never leaves it while the guest turns directories into links on the way", { timeout: 120_000 }, async () => {
    const [place, aside, link] = ["a", "aside", "trap"].map((name) => join(root, name)) as [string, string, string];
    symlinkSync(join(directory, "outside"), link);
    let swapping = true;
    let swaps = 0;
    const swap = () => {
      renameSync(place, aside);
      renameSync(link, place);
      swaps++;
      setImmediate(() => {
        renameSync(place, link);
        renameSync(aside, place);
        if (swapping) setImmediate(swap);
      });
    };
    swap();
    await using session = await connect();
    const inside = "/a/b/../../a/";
    const steps: Step[] = [
      (files) => files.read(`${inside}passwd`).then(buffer),
      (files) => files.write(`${inside}passwd`, Readable.from(["written"]), attributes),
      (files) => files.write(`${inside}made`, Readable.from(["written"]), attributes),
      (files) => files.remove(`${inside}passwd`),
      (files) => files.makeDirectory(`${inside}dir`, attributes),
      (_files, client) => client.read("/a/etc/passwd"),
      (_files, client) => client.chmod("/a/passwd", 0o777),
      (_files, client) => client.rename("/a/passwd", "/stolen"),
      (_files, client) => client.extended("hardlink@openssh.com", string("/a/passwd"), string("/stolen")),
      (_files, client) => client.rmdir("/a/empty"),
      (_files, client) => client.list("/a").then((names) => Buffer.concat(names)),
    ];
    for (let round = 0; round < 300; round++) {
      const results = await Promise.all(steps.slice(0, 5).map((step) => told(step, session)));
      for (const step of steps.slice(5)) results.push(await told(step, session));
      for (const result of results) expect(result).not.toContain(secret);
    }
    swapping = false;
    expect(swaps).toBeGreaterThan(300);
    expect(await pictureOf(join(directory, "outside"))).toBe(before);
  });

  it("does not open what is no file, and is not held up by it", async (context) => {
    if (process.getuid?.() !== 0) context.skip("a device is made by root alone");
    const socket = createServer().listen(join(root, "socket"));
    await run("mknod", [join(root, "null"), "c", "1", "3"]);
    await using session = await connect();
    for (const name of ["fifo", "socket", "null"]) {
      for (const flags of [0x1, 0x2, 0x3, 0x1a]) {
        await expect(session.client.open(`/${name}`, flags)).rejects.toMatchObject({ status: 4 });
      }
      await expect(session.files.read(`/${name}`)).rejects.toMatchObject({ code: "file_invalid" });
      await expect(session.files.write(`/${name}`, Readable.from(["x"]), {})).rejects.toMatchObject({
        code: "file_invalid",
      });
      await expect(session.client.chmod(`/${name}`, 0o777)).rejects.toMatchObject({ status: 4 });
      await session.client.remove(`/${name}`);
    }
    socket.close();
  });

  it("takes what belongs to nobody of the instance as strangers may", async () => {
    for (const [name, bits] of [
      ["closed", 0o600],
      ["shown", 0o644],
      ["open", 0o666],
    ] as const) {
      await writeFile(join(root, name), "host's");
      await chmod(join(root, name), bits);
    }
    const ids = { base: 1_000_000, size: 65_536 };
    const files = new RootedFiles({ path: root, crossMounts: false, ids, instance: "web" });
    const refused = { code: "file_invalid", message: expect.stringContaining("belongs to nobody") };
    await expect(files.read("/closed")).rejects.toMatchObject(refused);
    expect(String(await buffer(await files.read("/shown")))).toBe("host's");
    await expect(files.write("/shown", Readable.from(["x"]), {})).rejects.toMatchObject(refused);
    await expect(files.write("/open", Readable.from(["x"]), { mode: 0o777 })).rejects.toMatchObject(refused);
    await files.write("/open", Readable.from(["x"]), {});
    const [near, far] = duplexPair();
    void files.serve(far);
    const client = new SftpClient(near);
    await client.begin();
    const handle = await client.open("/open", 0x2);
    const mode = Buffer.concat([uint32(4), uint32(0o777)]);
    await expect(client.ask(10, string(handle), mode)).rejects.toMatchObject({ status: 4 });
    for (const work of [client.chmod("/open", 0o777), client.read("/closed"), client.truncate("/shown", 0)]) {
      await expect(work).rejects.toMatchObject({ status: 4 });
    }
    await expect(files.write("/new", Readable.from(["x"]), {})).rejects.toMatchObject(refused);
    await expect(files.remove("/open")).rejects.toMatchObject(refused);
    expect(await files.stat("/open")).toMatchObject({ uid: 65534, gid: 65534, mode: 0o666, size: 1 });
    await files.close();
  });

  async function connect() {
    const files = open();
    const [near, far] = duplexPair();
    const served = files.serve(far);
    const client = new SftpClient(near);
    await client.begin();
    const end = async () => {
      await files.close();
      await served;
    };
    return { files, client, [Symbol.asyncDispose]: end };
  }

  /** What an operation brings, its complaint included, within a time that nothing may take. */
  async function told(step: Step, { files, client }: { files: RootedFiles; client: SftpClient }): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error("it waits")), 5000);
    });
    const result = step(files, client).then(String, String);
    return await Promise.race([result, late]).finally(() => clearTimeout(timer));
  }
});
