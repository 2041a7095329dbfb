import { readFile, rm, stat } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import type { AttachedDisk, IdRange, InstanceDevice, InstanceId } from "@lodge/core";
import type { Cgroups } from "../../../../system/cgroups.ts";
import { createIdMapping } from "../../../../system/id-mapping.ts";
import { SystemCallError } from "../../../../system/libc.ts";
import { mountClone } from "../../../../system/mounts.ts";
import { errnoName } from "../../../../system/rooted-errors.ts";
import { findVirtiofsd } from "../../../../system/virtiofsd.ts";
import { Descriptors } from "../descriptors.ts";
import { launch } from "../launch.ts";
import { connectUnix, listenUnix } from "../listener.ts";
import { virtiofsdArguments } from "./arguments.ts";
import { type SharePlaces, shareKey } from "./share-place.ts";

/** For whom a directory is to be served. */
export interface ShareOwner {
  readonly id: InstanceId;
  /** Owners of the source are the guest's of the same number, by these. */
  readonly ids: IdRange;
  readonly places: SharePlaces;
  /** Where a socket may stand for a moment. */
  readonly socket: string;
  /** Descriptor of the log; the caller closes it. */
  readonly log: number;
}

/** The control group of the process that serves a share, below that of the instance: it ends with it. */
export const shareGroup = (id: string, name: string): string => `${id}/share-${shareKey(name)}`;

/** Whether a disk of the configuration is a directory that is shared. One that was missing when it was added is looked at now. */
export async function isShare({ format, source }: AttachedDisk): Promise<boolean> {
  if (format !== undefined) return format === "directory";
  return stat(source).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The disks among the devices, told apart from those that are directories. */
export async function tellShares(
  devices: readonly InstanceDevice[],
): Promise<{ attached: AttachedDisk[]; shares: AttachedDisk[] }> {
  const attached: AttachedDisk[] = [];
  const shares: AttachedDisk[] = [];
  for (const device of devices) {
    if (device.type !== "disk") continue;
    if (!(await isShare(device))) attached.push(device);
    else if (device.required || (await isThere(device.source))) shares.push(device);
  }
  return { attached, shares };
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Starts the process that serves a directory, and returns a connection to it for QEMU, which the caller closes. The process is the root
 * of a user namespace with the instance's ids, and sees the source through a mount with the same ones. It ends by itself when QEMU
 * lets go of the connection. Undone by `endShare`.
 */
export async function serveShare(owner: ShareOwner, disk: AttachedDisk, cgroups: Cgroups): Promise<number> {
  const { id, ids, places, socket, log } = owner;
  const program = await findVirtiofsd();
  const { name, path, readonly, recursive } = disk;
  await places.create({ name, readonly, ...(path && { path }) });
  const source = places.root(name);
  using mapping = await createIdMapping([{ disk: 0, host: ids.base, count: ids.size }]);
  mountSource(disk, source, disk.shift ? mapping : undefined);
  await cgroups.create(shareGroup(id, name), {});
  using open = new Descriptors();
  const listener = open.pass(listenUnix(socket));
  const as = { kind: "root-of", namespace: open.lend(mapping.fd) } as const;
  const args = virtiofsdArguments(program.style, { source, listener, recursive, openFiles: await openFilesLimit() });
  const request = { program: program.file, args, as, log, descriptors: open.passed };
  await launch(request, (pid) => cgroups.add(shareGroup(id, name), pid));
  const connection = connectUnix(socket);
  await rm(socket);
  return connection;
}

/** Ends what serves a share. Idempotent. */
export async function endShare(id: InstanceId, places: SharePlaces, name: string, cgroups: Cgroups): Promise<void> {
  await cgroups.remove(shareGroup(id, name));
  await places.remove(name);
}

function mountSource({ name, source, readonly, recursive }: AttachedDisk, target: string, mapping: Mapping): void {
  try {
    mountClone({
      ...{ source, target, readOnly: readonly, recursive },
      ...(mapping && { mapping }),
      advice: 'set "shift=false" on the device, and its owners are nobody inside',
    });
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    throw new LodgeError({
      code: errnoName(error) === "ENOENT" ? "device_source_invalid" : "device_plug_failed",
      message: `Device "${name}": ${source} cannot be mounted: ${error.message}.`,
      cause: error,
    });
  }
}

type Mapping = Awaited<ReturnType<typeof createIdMapping>> | undefined;

/** The daemon's own limit: some hosts let nobody raise it. */
async function openFilesLimit(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8");
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
}
