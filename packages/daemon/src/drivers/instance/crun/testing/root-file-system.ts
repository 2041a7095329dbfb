/** Root file systems for the contract test, made of Debian packages. */
import { createHash } from "node:crypto";
import { access, chmod, copyFile, mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "../../../../system/run.ts";

const packages = ["systemd", "systemd-sysv", "dbus", "iproute2", "busybox-static"];
// What an image leaves to whoever starts it.
const hook = "--customize-hook=rm -f $1/etc/hostname $1/etc/resolv.conf";
const system = ["--variant=minbase", `--include=${packages.join(",")}`, hook, "bookworm"];

/** An archive of a Debian with systemd, and of busybox to make the small one from: made once, and kept with what other tests keep. */
export async function keepArchive(): Promise<string> {
  const cache = process.env["LODGE_TEST_CACHE"] || join(homedir(), ".cache", "lodge-test");
  const of = createHash("sha256").update(system.join("\0")).digest("hex").slice(0, 16);
  const path = join(cache, `crun-contract-${of}.tar`);
  if (await exists(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part.tar`;
  await run("mmdebstrap", [...system, part], { timeout: 600_000 });
  await rename(part, path);
  return path;
}

/** Unpacks it, with owners as in the archive. */
export async function unpackArchive(path: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  await run("tar", ["--extract", "--numeric-owner", "--file", path, "--directory", target], { timeout: 300_000 });
}

/** A system of busybox alone: boots in no time. */
export async function makeTinyRoot(debian: string, target: string): Promise<void> {
  const directories = "bin sbin etc proc sys dev run tmp root usr/bin usr/sbin var/empty".split(" ");
  for (const directory of directories) await mkdir(join(target, directory), { recursive: true });
  await copyFile(join(debian, "bin/busybox"), join(target, "bin/busybox"));
  await chmod(join(target, "bin/busybox"), 0o755);
  await chmod(join(target, "tmp"), 0o1777);
  const applets =
    "sh cat echo id ls sleep stty tty true env kill pwd reboot poweroff mkfifo ln touch grep test stat umount head wc ps".split(
      " ",
    );
  for (const applet of applets) await symlink("busybox", join(target, "bin", applet));
  await symlink("../bin/busybox", join(target, "sbin/init"));
  await writeFile(join(target, "etc/inittab"), "::sysinit:/etc/boot\n::respawn:/bin/sleep 1000000\n");
  await writeFile(join(target, "etc/boot"), "#!/bin/sh\nmount -t tmpfs tmpfs /tmp\necho booted\n", { mode: 0o755 });
  await writeFile(join(target, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/var/empty:/bin/sh\n");
  await symlink("busybox", join(target, "bin/mount"));
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
