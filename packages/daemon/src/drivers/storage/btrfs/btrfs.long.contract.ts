/** What takes a `btrfs` pool on a loop device longest: all that can happen where it is full, and disks of many layers; needs root. */
import { describe, it } from "vitest";
import { describeDiskLayers } from "../file-pool/testing/describe-disk-layers.ts";
import { describeFullPool } from "../file-pool/testing/describe-full-pool.ts";
import { btrfsKind, btrfsProblem } from "./testing/btrfs-kind.ts";

const problem = await btrfsProblem();

if (problem === undefined) {
  describeDiskLayers(btrfsKind);
  describeFullPool(btrfsKind);
} else {
  describe("btrfs", () => {
    it("keeps the contract of a pool", ({ skip }) => skip(problem));
  });
}
