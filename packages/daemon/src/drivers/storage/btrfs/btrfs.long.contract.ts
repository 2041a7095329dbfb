/** What takes a `btrfs` pool on a loop device longest: all that can happen where it is full, or its daemon killed, and disks of many layers; needs root. */
import { describe, it } from "vitest";
import { describeDiskLayers } from "../file-pool/testing/describe-disk-layers.ts";
import { describeFullPool } from "../file-pool/testing/describe-full-pool.ts";
import { describeKilledSnapshots } from "../file-pool/testing/describe-killed-snapshots.ts";
import { btrfsKind, btrfsProblem } from "./testing/btrfs-kind.ts";

const problem = await btrfsProblem();

if (problem === undefined) {
  describeDiskLayers(btrfsKind);
  describeFullPool(btrfsKind);
  describeKilledSnapshots(btrfsKind);
} else {
  describe("btrfs", () => {
    it("keeps the contract of a pool", ({ skip }) => skip(problem));
  });
}
