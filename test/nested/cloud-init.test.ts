/** A virtual machine that has nothing of Lodge's in it, only what cloud images have: cloud-init and OpenSSH. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { importCachedImage } from "../harness/image-cache.ts";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

const definition = `
name: debian/12-cloud
suite: bookworm
properties: { os: Debian, release: "12", description: Debian 12 as in clouds }
common:
  packages: [systemd-sysv, dbus, iproute2, cloud-init, openssh-server]
virtual-machine:
  packages: [linux-image-cloud-amd64, initramfs-tools, zstd, grub-cloud-amd64, e2fsprogs, udev]
  commands: [touch /etc/grub.d/enable_cloud]
  services: { enable: [systemd-networkd.service], disable: [systemd-networkd-wait-online.service] }
  disk: { cmdline: quiet net.ifnames=0 }
`;

const userData = `#cloud-config
locale: false
write_files:
  - path: /root/told
    content: "by cloud-init\\n"
`;

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge();
  await importCachedImage(lodge.client, "debian/12-cloud", { type: "virtual-machine", yaml: definition });
});
afterAll(() => lodge.stop());

test("cloud-init finds its seed, and lets Lodge in", { timeout: 1_800_000 }, async () => {
  const size = ["-c", "limits.cpu=2", "-c", "limits.memory=1GiB"];
  await lodge.must("launch", "debian/12-cloud", "cloud", "--vm", ...size, "-c", `cloud-init.user-data=${userData}`);
  const early = await lodge.run("exec", "cloud", "--no-wait", "--", "true");
  expect(early.stderr).toContain("lodge console cloud");
  await lodge.runWith({ timeout: 1_500_000 }, "wait", "cloud", "--timeout", "1200");
  expect(await lodge.must("exec", "cloud", "--", "cat", "/root/told", "/etc/hostname")).toBe("by cloud-init\ncloud");
  await lodge.must("wait", "cloud", "address");
  await lodge.must("restart", "cloud");
  expect(await lodge.must("exec", "cloud", "--timeout", "1200", "--", "systemctl", "is-active", "lodge-ssh")).toBe(
    "active",
  );
});
