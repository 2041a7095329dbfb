/** Images of what people have: disks of other formats, root file systems, instances; with the CLI as a user types it. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
const scratch = mkdtempSync(join(tmpdir(), "lodge-formats-"));
const at = (name: string) => join(scratch, name);

async function tool(file: string, ...args: string[]): Promise<void> {
  const { status, stderr } = await runCommand(file, args, { timeout: 120_000 });
  if (status !== 0) throw new Error(`${file}: ${stderr}`);
}

async function imported(file: string, ...options: string[]): Promise<string> {
  const [, fingerprint = ""] =
    /Imported ([0-9a-f]{12})/.exec(await lodge.must("image", "import", at(file), ...options)) ?? [];
  return fingerprint;
}

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("image", "export", "tiny", scratch, "--vm");
  await lodge.must("image", "export", "tiny", scratch, "--container");
  const disk = at(readdirSync(scratch).find((name) => name.endsWith(".qcow2")) ?? "");
  const toVmdk = ["convert", "-f", "qcow2", "-O", "vmdk", "-o", "subformat=streamOptimized"];
  await tool("qemu-img", ...toVmdk, disk, at("tiny-amd64.vmdk"));
  await tool("mke2fs", "-q", "-t", "ext4", at("small-arm64.raw"), "4M");
  for (const format of ["vhdx", "vdi"])
    await tool("qemu-img", "convert", "-f", "raw", "-O", format, at("small-arm64.raw"), at(`small-arm64.${format}`));
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await lodge.stop();
});

describe("a disk of another system", () => {
  test("boots", async () => {
    const fingerprint = await imported("tiny-amd64.vmdk", "--alias", "server", "--property", "os=Tiny");
    expect(await lodge.client.images.get(fingerprint)).toMatchObject({
      type: "virtual-machine",
      architecture: "x86_64",
      properties: { os: "Tiny", description: "tiny-amd64" },
      filename: "tiny-amd64.vmdk",
    });
    await lodge.must("launch", "server", "v1", "--vm", "-c", "limits.memory=256MiB");
    expect(await lodge.must("exec", "v1", "--", "hostname")).toBe("v1");
  });

  test.each(["raw", "vhdx", "vdi"])("%s is imported, once", async (format) => {
    const words = [`small-arm64.${format}`, "--property", `from=${format}`] as const;
    const image = await lodge.client.images.get(await imported(...words));
    expect(image).toMatchObject({ type: "virtual-machine", architecture: "aarch64", properties: { from: format } });
    const again = await lodge.run("image", "import", at(words[0]), ...words.slice(1));
    expect(again).toMatchObject({ status: 4, stderr: expect.stringContaining("already there") });
  });

  test("for another processor is not launched", async () => {
    const image = (await lodge.client.images.list()).find(({ architecture }) => architecture === "aarch64");
    const refused = await lodge.run("launch", image?.fingerprint ?? "", "other");
    expect(refused).toMatchObject({ status: 10, stderr: expect.stringContaining("aarch64") });
  });

  test("that would lead to other files, or tells nothing of itself, is refused with what to do", async () => {
    await tool("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd", at("backed.qcow2"), "1M");
    await tool("qemu-img", "create", "-q", "-f", "vmdk", "-o", "subformat=monolithicFlat", at("flat.vmdk"), "1M");
    writeFileSync(at("plain.img"), "");
    truncateSync(at("plain.img"), 1 << 20);
    writeFileSync(at("x.iso"), Buffer.concat([Buffer.alloc(0x8001), Buffer.from("CD001"), Buffer.alloc(2048)]));
    const cases = [
      ["backed.qcow2", "backing file"],
      ["flat.vmdk", "qemu-img convert"],
      ["plain.img", "--format raw"],
      ["x.iso", `lodge launch ${at("x.iso")} NAME --vm`],
    ] as const;
    const before = await lodge.client.images.list();
    for (const [file, words] of cases)
      expect(await lodge.run("image", "import", at(file))).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(words),
      });
    expect(await lodge.client.images.list()).toHaveLength(before.length);
    expect(readdirSync(join(lodge.directory, "staging"))).toEqual([]);
    expect(await imported("plain.img", "--format", "raw")).toHaveLength(12);
  });
});

test("a root file system in a tar archive becomes a container", async () => {
  const squashfs = at(readdirSync(scratch).find((name) => name.endsWith(".squashfs")) ?? "");
  mkdirSync(at("root"));
  await tool("unsquashfs", "-quiet", "-no-progress", "-force", "-dest", at("root"), squashfs);
  await tool("tar", "--create", "--zstd", `--file=${at("root.tar.zst")}`, `--directory=${at("root")}`, ".");
  const fingerprint = await imported("root.tar.zst", "--alias", "root");
  expect(await lodge.client.images.get(fingerprint)).toMatchObject({ type: "container", architecture: "x86_64" });
  await lodge.must("launch", "root", "c1");
  expect(await lodge.must("exec", "c1", "--", "hostname")).toBe("c1");
});

describe("an image of an instance", () => {
  const write = "echo kept > /root/kept; chown 33:44 /root/kept; sync";
  const read = "cat /root/kept; stat -c %u:%g /root/kept";

  test("is refused while it runs, unless it may be stopped for it", async () => {
    await lodge.must("exec", "c1", "--", "sh", "-c", write);
    expect(await lodge.run("publish", "c1")).toMatchObject({ status: 4, stderr: expect.stringContaining("--force") });
    await lodge.must("publish", "c1", "--force", "--alias", "golden", "description=Golden");
    expect((await lodge.client.instances.state("c1")).status).toBe("Running");
    await lodge.must("launch", "golden", "c2");
    expect(await lodge.must("exec", "c2", "--", "sh", "-c", read)).toBe("kept\n33:44");
    expect(await lodge.must("config", "get", "c2", "image.description")).toBe("Golden");
  });

  test("is made of a virtual machine's disk, as it is and as it was", async () => {
    await lodge.must("exec", "v1", "--", "sh", "-c", write);
    await lodge.must("stop", "v1");
    await lodge.must("snapshot", "create", "v1", "monday");
    // Of the same disk, made in the same second: told apart by what is said of them.
    await lodge.must("publish", "v1", "--alias", "now", "description=Now");
    await lodge.must("publish", "v1/monday", "--alias", "monday");
    await lodge.must("delete", "v1");
    for (const alias of ["now", "monday"])
      expect(await lodge.client.images.get(await fingerprintOf(alias))).toMatchObject({ properties: { os: "Tiny" } });
    await lodge.must("launch", "monday", "v2", "--vm", "-c", "limits.memory=256MiB");
    expect(await lodge.must("exec", "v2", "--", "sh", "-c", read)).toBe("kept\n33:44");
  });
});

async function fingerprintOf(alias: string): Promise<string> {
  return (await lodge.client.images.aliases()).find(({ name }) => name === alias)?.target ?? "";
}

test("an instance is made of no image, with a disk of the size asked for", async () => {
  await lodge.must("init", "--empty", "lab", "--vm", "-d", "root,size=20GiB");
  const { config } = await lodge.client.instances.get("lab");
  expect(Object.keys(config).some((key) => key.startsWith("image.") || key === "volatile.base_image")).toBe(false);
  await lodge.restartDaemon();
  await lodge.must("start", "lab");
  expect((await lodge.client.instances.state("lab")).vm?.boot).toBe("firmware");
  await lodge.must("delete", "lab", "--force");
});
