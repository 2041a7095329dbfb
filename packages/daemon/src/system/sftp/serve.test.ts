import { existsSync } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duplexPair } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RootedFiles } from "../rooted-files.ts";
import { run } from "../run.ts";
import { byte, packet, string, uint32, uint64 } from "./packet.ts";
import { SftpClient } from "./testing/client.ts";

let directory: string;
let root: string;
let files: RootedFiles;
let client: SftpClient;
let served: Promise<void>;
let wire: ReturnType<typeof duplexPair>[0];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-sftp-"));
  root = join(directory, "root");
  await mkdir(root);
  files = new RootedFiles({ path: root, crossMounts: false, ids: { base: 0, size: 65536 }, instance: "web" });
  const [near, far] = duplexPair();
  wire = near;
  served = files.serve(far);
  client = new SftpClient(near);
});
afterEach(async () => {
  await files.close();
  await rm(directory, { recursive: true });
});

const inside = (path: string) => join(root, path);
const refused = (status: number) => expect.objectContaining({ status });

describe("the SFTP server", () => {
  it("says what it offers", async () => {
    expect(await client.begin()).toEqual([
      "posix-rename@openssh.com 1",
      "hardlink@openssh.com 1",
      "fsync@openssh.com 1",
      "lsetstat@openssh.com 1",
      "statvfs@openssh.com 2",
      "limits@openssh.com 1",
    ]);
  });

  it("writes, reads, describes, lists, renames and removes", async () => {
    await client.begin();
    await client.mkdir("/etc");
    await client.write("/etc/motd", "hello", 0o666);
    expect(await readFile(inside("etc/motd"), "utf8")).toBe("hello");
    expect(await client.lstat("/etc/motd")).toMatchObject({ size: 5, mode: 0o100644 });
    expect(String(await client.read("etc/../etc/motd"))).toBe("hello");
    await client.symlink("motd", "/etc/link");
    expect(String(await client.name(19, "/etc/link"))).toBe("motd");
    expect((await client.lstat("/etc/link")).mode & 0o170000).toBe(0o120000);
    expect((await client.stat("/etc/link")).mode & 0o170000).toBe(0o100000);
    expect((await client.list("/etc")).map(String).sort()).toEqual(["link", "motd"]);
    const [uid, gid] = process.getuid?.() === 0 ? [1000, 1001] : [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    await client.chown("/etc/motd", uid, gid);
    await client.chmod("/etc/motd", 0o4711);
    await client.truncate("/etc/motd", 2);
    expect(await lstat(inside("etc/motd"))).toMatchObject({ uid, gid, mode: 0o104711, size: 2 });
    await client.write("/etc/other", "other");
    await expect(client.rename("/etc/motd", "/etc/other")).rejects.toEqual(refused(4));
    await client.extended("posix-rename@openssh.com", string("/etc/motd"), string("/etc/other"));
    expect(String(await client.read("/etc/other"))).toBe("he");
    await client.extended("hardlink@openssh.com", string("/etc/other"), string("/etc/hard"));
    expect((await lstat(inside("etc/hard"))).nlink).toBe(2);
    await expect(client.remove("/etc")).rejects.toEqual(refused(4));
    await expect(client.rmdir("/etc")).rejects.toEqual(refused(4));
    for (const name of ["hard", "link", "other"]) await client.remove(`/etc/${name}`);
    await client.rmdir("/etc");
    expect(existsSync(inside("etc"))).toBe(false);
  });

  it("appends, writes anywhere, and makes only what is not there", async () => {
    await client.begin();
    await client.write("/log", "one ");
    const end = await client.open("/log", 0x2 | 0x4);
    await client.ask(6, string(end), uint64(0), string("two"));
    await client.close(end);
    const sparse = await client.open("/log", 0x1 | 0x2);
    await client.ask(6, string(sparse), uint64(10), string("far"));
    expect(String((await client.ask(5, string(sparse), uint64(4), uint32(3))).fields.bytes())).toBe("two");
    await client.extended("fsync@openssh.com", string(sparse));
    await client.close(sparse);
    expect(await readFile(inside("log"), "latin1")).toBe("one two\0\0\0far");
    await expect(client.open("/log", 0x2 | 0x8 | 0x20)).rejects.toEqual(refused(4));
    await expect(client.close(sparse)).rejects.toEqual(refused(4));
  });

  it("has names that are no text, as long as the kernel's, and none longer", async () => {
    await client.begin();
    const odd = Buffer.concat([Buffer.from("/"), Buffer.of(0xff, 0xfe, 0x80)]);
    await client.write(odd, "odd");
    expect(await client.list("/")).toEqual([odd.subarray(1)]);
    expect(String(await client.read(odd))).toBe("odd");
    await client.write(`/${"n".repeat(255)}`, "");
    await expect(client.write(`/${"n".repeat(256)}`, "")).rejects.toEqual(refused(4));
    await expect(client.write(`/${"d/".repeat(2100)}`, "")).rejects.toEqual(refused(4));
    await expect(client.lstat("/a\0b")).rejects.toEqual(refused(4));
    await expect(client.symlink("a\0b", "/l")).rejects.toEqual(refused(4));
    expect(String(await client.name(16, "a/./b/../../../c/"))).toBe("/c");
  });

  it("tells what is missing and what may not be from what does not work", async () => {
    await client.begin();
    await expect(client.lstat("/none")).rejects.toEqual(refused(2));
    await expect(client.read("/none/none")).rejects.toEqual(refused(2));
    await expect(client.rmdir("/")).rejects.toEqual(refused(4));
    await expect(client.ask(99)).rejects.toEqual(refused(8));
    await expect(client.extended("copy-data")).rejects.toEqual(refused(8));
    await expect(client.ask(5, string("no handle"), uint64(0), uint32(1))).rejects.toEqual(refused(4));
    await expect(client.ask(3, uint32(1000))).rejects.toEqual(refused(5));
    expect((await client.extended("statvfs@openssh.com", string("/"))).fields.left).toBe(88);
    expect((await client.extended("limits@openssh.com")).fields.uint64()).toBe(256 * 1024);
  });

  it("neither follows a link out nor waits at a pipe", async () => {
    await client.begin();
    await writeFile(join(directory, "secret"), "secret");
    await chmod(join(directory, "secret"), 0o600);
    await symlink(join(directory, "secret"), inside("absolute"));
    await symlink("../secret", inside("relative"));
    await symlink("/proc/self/cwd", inside("magic"));
    await run("mkfifo", [inside("fifo")]);
    for (const path of ["/absolute", "/relative", "/../secret", "/magic/secret"]) {
      await expect(client.read(path)).rejects.toEqual(refused(2));
      await expect(client.chmod(path, 0o777)).rejects.toEqual(refused(2));
    }
    for (const flags of [0x1, 0x2, 0x3, 0x2 | 0x8])
      await expect(client.open("/fifo", flags)).rejects.toEqual(refused(4));
    // It is made where it leads to from within.
    await client.write("/relative", "mine");
    expect(await readFile(inside("secret"), "utf8")).toBe("mine");
    expect(await readFile(join(directory, "secret"), "utf8")).toBe("secret");
    expect((await lstat(join(directory, "secret"))).mode & 0o777).toBe(0o600);
  });

  it("has no more files open than it allows, and none when the client is gone", async () => {
    await client.begin();
    await client.write("/file", "");
    const handles = await Promise.all(Array.from({ length: 1 }, () => client.open("/file", 0x1)));
    for (let i = handles.length; i < 256; i++) await client.open("/file", 0x1);
    await expect(client.open("/file", 0x1)).rejects.toEqual(refused(4));
    const targetOf = (fd: string) => readlink(`/proc/self/fd/${fd}`).catch(() => "");
    const targets = async () => Promise.all((await readdir("/proc/self/fd")).map(targetOf));
    const open = async () => (await targets()).filter((target) => target.startsWith(directory));
    expect((await open()).length).toBeGreaterThanOrEqual(256);
    wire.destroy();
    await files.close();
    await served;
    expect(await open()).toEqual([]);
  });

  it.each([
    ["no greeting", packet(byte(16), uint32(1), string("/"))],
    ["an old version", packet(byte(1), uint32(2))],
    ["an empty packet", uint32(0)],
    ["a packet without end", uint32(0xffffffff)],
    ["a web browser", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
  ])("ends what is no SFTP: %s", async (_name, bytes) => {
    wire.write(bytes);
    await served;
    expect(wire.readableLength).toBe(0);
  });
});
