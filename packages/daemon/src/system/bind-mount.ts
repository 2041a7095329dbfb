import koffi from "koffi";
import { declare, SystemCallError } from "./libc.ts";

const mount = declare<[string, string, string | null, number, string | null]>(
  "int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)",
);
const umount2 = declare<[string, number]>("int umount2(const char *target, int flags)");

const MS_BIND = 0x1000;
const MS_PRIVATE = 1 << 18;
const MS_SHARED = 1 << 20;
const MS_NOSUID = 0x2;
const MS_NOEXEC = 0x8;
const MNT_DETACH = 2;

/** Makes `source` appear at `target`, which exists. Undone by `unbind`. */
export function bindMount(source: string, target: string): void {
  mount(source, target, null, MS_BIND, null);
}

/** Mounts made beneath `target`, a mount point, are seen in no other mount namespace. */
export function makePrivate(target: string): void {
  mount("none", target, null, MS_PRIVATE, null);
}

/** Mounts made beneath `target`, a mount point, are seen in the mount namespaces that have it, too. */
export function makeShared(target: string): void {
  mount("none", target, null, MS_SHARED, null);
}

/** Mounts an empty file system in memory in which device nodes work. Only root may change it. Undone by `unbind`. */
export function mountNodes(target: string): void {
  mount("lodge", target, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=1m");
}

/** Takes away what is mounted at `target`, at once, also when in use. Nothing there is no error. */
export function unbind(target: string): void {
  for (;;) {
    try {
      umount2(target, MNT_DETACH);
    } catch (error) {
      const { EINVAL, ENOENT } = koffi.os.errno;
      if (error instanceof SystemCallError && (error.errno === EINVAL || error.errno === ENOENT)) return;
      throw error;
    }
  }
}
