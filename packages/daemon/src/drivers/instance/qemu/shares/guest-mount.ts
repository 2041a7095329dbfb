import type { Logger } from "pino";
import type { Client } from "ssh2";
import { quoteWord } from "../guest/exec-command.ts";
import { runBySsh } from "../guest/run-by-ssh.ts";
import { shareTag } from "../hardware/shares.ts";
import type { SharePlaces } from "./share-place.ts";

/** Milliseconds for the guest to do it. */
const patience = 20_000;

/** With the arguments TAG PATH OPTIONS. The guest may have mounted it by its own fstab; one added just now may need a moment to be found. */
const mountScript = `
modprobe virtiofs 2>/dev/null
grep -q "^$1 [^ ]* virtiofs " /proc/self/mounts && exit 0
mkdir -p -- "$2" || exit
tries=0
until problem=$(mount -t virtiofs -o "$3" "$1" "$2" 2>&1); do
  tries=$((tries + 1))
  if [ $tries -ge 20 ]; then echo "$problem" >&2; exit 1; fi
  sleep 0.1
done
`.trim();

/** With the arguments TAG PATH; an empty path was the guest's own to choose. */
const unmountScript = `
mounted() { grep -q "^$1 [^ ]* virtiofs " /proc/self/mounts; }
mounted "$1" || exit 0
[ -z "$2" ] || umount -- "$2" || exit
mounted "$1" || exit 0
echo "the guest has it mounted; unmount it there first" >&2
exit 1
`.trim();

/** Mounts in the guest what the machine began with. A guest that cannot do it has its shares all the same, to be mounted by hand. */
export async function mountShares(client: Client, places: SharePlaces, log: Logger): Promise<void> {
  for (const { name, path, readonly } of await places.list()) {
    if (path === undefined) continue;
    await mountInGuest(client, name, path, readonly).catch((error: unknown) => {
      log.warn({ device: name, err: error }, "a shared directory could not be mounted in the guest");
    });
  }
}

/** Mounts a share in the guest, unless it is. Throws with the guest's words. */
export async function mountInGuest(client: Client, name: string, path: string, readonly: boolean): Promise<void> {
  await runScript(client, mountScript, [shareTag(name), path, readonly ? "ro" : "rw"]);
}

/** Unmounts a share in the guest. Throws with the guest's words, when it is used for instance. */
export async function unmountInGuest(client: Client, name: string, path: string | undefined): Promise<void> {
  await runScript(client, unmountScript, [shareTag(name), path ?? ""]);
}

async function runScript(client: Client, script: string, args: readonly string[]): Promise<void> {
  const command = ["exec", "/bin/sh", "-c", script, "lodge-share", ...args].map(quoteWord).join(" ");
  await runBySsh(client, { command, patience });
}
