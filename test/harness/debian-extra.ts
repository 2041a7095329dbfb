/** Debian 12 with what single tests need beside it, in one image: a build takes minutes. */
import type { LodgeClient } from "@lodge/sdk";
import { importCachedImage } from "./image-cache.ts";

/** Its alias. Containers only. */
export const debianExtra = "debian/12-extra";

const definition = `
name: ${debianExtra}
suite: bookworm
properties: { os: Debian, release: "12", description: Debian 12 with Docker and cloud-init }
common:
  packages:
    - systemd-sysv
    - dbus
    - iproute2
    # nesting.test.ts
    - iptables
    - docker.io
    - fuse-overlayfs
    - busybox-static
    # cloud-init.test.ts
    - cloud-init
  trees: [guest/systemd]
  services:
    enable: [systemd-networkd.service]
    disable: [systemd-networkd-wait-online.service]
`;

export async function importDebianExtra(client: LodgeClient): Promise<void> {
  await importCachedImage(client, debianExtra, { type: "container", yaml: definition });
}
