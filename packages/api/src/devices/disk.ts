import { diskRate } from "../rates.ts";
import { snapshotName } from "../snapshot-name.ts";
import { absolutePath, boolean, diskSize, integer, oneOf, text } from "../values.ts";
import { both, type DeviceType } from "./device-type.ts";

export const diskBuses = ["virtio-blk", "virtio-scsi", "nvme", "ahci", "usb"] as const;

/** Not a path: the disk that tells cloud-init what to do. */
export const cloudInitSource = "cloud-init:config";

export const disk: DeviceType = {
  type: "disk",
  doc: "The root file system, or a disk, an ISO, a directory or a block device of the host.",
  types: both,
  keys: [
    {
      key: "path",
      doc: "`/` for the root disk; else where the source is seen inside, made when it is not there: containers need it, virtual machines have it for directories only.",
      default: "",
      check: absolutePath,
    },
    {
      key: "pool",
      doc: "Storage pool of the root disk, or of the volume that is the source.",
      default: "",
      check: text,
    },
    {
      key: "size",
      doc: "Size of the root disk.",
      default: "containers: no limit; virtual machines: the image's, 10GiB without an image",
      check: diskSize,
    },
    {
      key: "source",
      doc: "Absolute path on the host; with `pool`, the name of a volume: of files (at `path`), or a disk or ISO for virtual machines. Containers see a directory or a file of the host, or what is on a block device; virtual machines a directory by virtiofs, and a disk image (raw or qcow2), an ISO or a block device as a disk. `cloud-init:config`: a virtual machine gets cloud-init's disk from the next start on, also without a `cloud-init.*` key.",
      default: "",
      check: (value) => (value === cloudInitSource || snapshotName.test(value) ? undefined : absolutePath(value)),
    },
    { key: "readonly", doc: "Whether the instance may only read it.", default: "false; ISOs: true", check: boolean },
    {
      key: "required",
      doc: "Whether the instance does not start while the source is missing.",
      default: "true",
      check: boolean,
    },
    {
      key: "shift",
      doc: "Whether owners of the source are the same numbers inside (root's files are root's), by an idmapped mount; otherwise they belong to nobody inside.",
      default: "true",
      check: boolean,
    },
    {
      key: "recursive",
      doc: "Whether what is mounted beneath a directory is seen, too.",
      default: "false",
      check: boolean,
    },
    {
      key: "io.bus",
      doc: "What the guest sees the disk on; ISOs are CD-ROMs on `ahci`, `usb` and `virtio-scsi`. Foreign systems without virtio drivers want `ahci`, `nvme` or `usb`. On `ahci` are at most six, and none while the instance runs.",
      default: "virtio-blk; ISOs: ahci, and virtio-scsi when added to a running instance",
      types: ["virtual-machine"],
      check: oneOf(...diskBuses),
    },
    {
      key: "boot.priority",
      doc: "The firmware tries devices with a higher number first; those without one it does not boot, the root disk aside.",
      default: "root disk: after all others",
      types: ["virtual-machine"],
      check: integer(0, 999),
    },
    {
      key: "limits.read",
      doc: "What it may read in a second: bytes (`30MiB`) or operations (`200iops`). Several disks of a container that lie on one block device of the host share the mean of their limits. Not for a directory of a virtual machine. Changes at once.",
      default: "no limit",
      check: diskRate,
    },
    {
      key: "limits.write",
      doc: "What it may write in a second, as `limits.read`. With cgroup v1 of containers only what is written past the page cache or waited for (O_DIRECT, O_SYNC, fsync).",
      default: "no limit",
      check: diskRate,
    },
    {
      key: "limits.max",
      doc: "Both of `limits.read` and `limits.write`, in place of what they say.",
      default: "no limit",
      check: diskRate,
    },
  ],
};
