import { expect, it } from "vitest";
import { limitsSeen, planThrottles } from "./disk-limits.ts";

const none = { bps: 0, bps_rd: 0, bps_wr: 0, iops: 0, iops_rd: 0, iops_wr: 0 };
const image = { filename: "/p/root.qcow2" };
const root = "/machine/peripheral/dev-root/virtio-backend";
const answer = [
  { qdev: root, inserted: { image, ...none } },
  { qdev: "dev-data", inserted: { image, ...none, iops_rd: 50 } },
  { qdev: "/machine/peripheral/dev-stick/dev-stick.0/legacy[0]", inserted: { image, ...none } },
  { qdev: "medium-cd", inserted: { image, ...none } },
  { qdev: "/machine/system.flash0", inserted: { image, ...none, bps: 7 } },
  { qdev: "dev-empty" },
];

it("limits what is not limited so yet, by the name under which QEMU has it", () => {
  const limits = new Map([
    ["root", { write: { unit: "bytes", amount: 4096 } }],
    ["data", { read: { unit: "operations", amount: 50 } }],
    ["stick", { read: { unit: "bytes", amount: 8192 }, write: { unit: "operations", amount: 9 } }],
    ["cd", { read: { unit: "bytes", amount: 5000 } }],
    ["empty", { read: { unit: "bytes", amount: 5000 } }],
    ["elsewhere", { read: { unit: "bytes", amount: 5000 } }],
  ] as const);
  expect(planThrottles(answer, limits)).toEqual([
    { id: root, ...none, bps_wr: 4096 },
    { id: "/machine/peripheral/dev-stick/dev-stick.0/legacy[0]", ...none, bps_rd: 8192, iops_wr: 9 },
    { id: "medium-cd", ...none, bps_rd: 5000 },
  ]);
});

it("says what is in force", () => {
  expect(limitsSeen(answer)).toEqual({ data: { readOperations: 50 } });
});

it("takes limits away that are not wanted any more, and none of what is no disk of the configuration", () => {
  expect(planThrottles(answer, new Map())).toEqual([{ id: "dev-data", ...none }]);
});
