import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What of our own images' guests makes `exec` work, and where it lies in others. */
const files = [
  { from: "vm/usr/lib/lodge/lodge-guest", to: "/usr/lib/lodge/lodge-guest", mode: "0755" },
  { from: "vm/usr/lib/lodge/lodge-port", to: "/usr/lib/lodge/lodge-port", mode: "0755" },
  { from: "vm/usr/lib/lodge/lodge-ssh", to: "/usr/lib/lodge/lodge-ssh", mode: "0755" },
  { from: "vm/etc/lodge/sshd_config", to: "/etc/lodge/sshd_config", mode: "0644" },
  ...["lodge-guest.service", "lodge-ssh.service"].map((unit) => ({
    from: `systemd-vm/usr/lib/systemd/system/${unit}`,
    to: `/etc/systemd/system/${unit}`,
    mode: "0644",
  })),
] as const;

/**
 * A script that gives a guest the sshd behind a virtio port by which Lodge runs commands in it. As vendor-data cloud-init
 * runs it once for an instance, beside whatever the user's own data say. It is for guests with systemd and OpenSSH, and
 * leaves others as they are. `trees`: the folder of the definitions' guest trees.
 */
export async function guestSetup(trees: string): Promise<string> {
  const parts = await Promise.all(
    files.map(async ({ from, to, mode }) => part(to, mode, await readFile(join(trees, from), "utf8"))),
  );
  return [head, ...parts, tail].join("\n");
}

const head = `#!/bin/sh
# Made by Lodge: lets "lodge exec" and "lodge file" work in this guest. Set cloud-init.vendor-data to have something else here.
set -eu
[ -d /run/systemd/system ] && [ -x /usr/sbin/sshd ] || exit 0
put() {
	mkdir -p "\${1%/*}"
	cat >"$1"
	chmod "$2" "$1"
}`;

const end = "END_OF_LODGE_FILE";

function part(path: string, mode: string, content: string): string {
  return `put ${path} ${mode} <<'${end}'\n${content.replace(/\n?$/, "\n")}${end}`;
}

/** Without PAM sshd lets nobody in whose password is locked, as root's is in cloud images. */
const tail = `case $(sed -n 's/^root:\\([^:]*\\):.*/\\1/p' /etc/shadow) in
'!'*) sed -i 's/^UsePAM no$/UsePAM yes/' /etc/lodge/sshd_config ;;
esac
if command -v restorecon >/dev/null; then restorecon -R /usr/lib/lodge /etc/lodge /etc/systemd/system || true; fi
systemctl daemon-reload
systemctl enable --now --no-block lodge-guest.service lodge-ssh.service
`;
