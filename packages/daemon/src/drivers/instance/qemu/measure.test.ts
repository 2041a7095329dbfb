import { expect, it } from "vitest";
import { disksOf } from "./measure.ts";

const stats = { rd_bytes: 512, rd_operations: 1, wr_bytes: 1024, wr_operations: 2 };

it("finds the disks of the configuration among all that QEMU has", () => {
  const disk = { bytesRead: 512, reads: 1, bytesWritten: 1024, writes: 2 };
  expect(
    disksOf([
      { qdev: "/machine/peripheral/dev-root/virtio-backend", stats },
      { qdev: "dev-data", stats },
      { qdev: "/machine/system.flash0", stats },
      { stats },
    ]),
  ).toEqual([
    { device: "root", ...disk },
    { device: "data", ...disk },
  ]);
});
