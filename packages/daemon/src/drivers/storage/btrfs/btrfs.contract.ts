/** The `btrfs` pool on a loop device; needs root. */
import { describe, it } from "vitest";
import { describeFilePool } from "../file-pool/testing/describe-file-pool.ts";
import { describeFileSnapshots } from "../file-pool/testing/describe-file-snapshots.ts";
import { describeFileVolumes } from "../file-pool/testing/describe-file-volumes.ts";
import { btrfsKind, btrfsProblem } from "./testing/btrfs-kind.ts";

const problem = await btrfsProblem();

if (problem === undefined) {
  describeFilePool(btrfsKind);
  describeFileSnapshots(btrfsKind);
  describeFileVolumes(btrfsKind);
} else {
  describe("btrfs", () => {
    it("keeps the contract of a pool", ({ skip }) => skip(problem));
  });
}
