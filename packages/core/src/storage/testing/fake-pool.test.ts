import { expect, it } from "vitest";
import type { InstanceId } from "../../instances/driver.ts";
import { describePool } from "./describe-pool.ts";
import { FakePool } from "./fake-pool.ts";

const idOf = (path: string) => path.slice("/fake/".length) as InstanceId;

describePool("FakePool", async () => {
  const pool = new FakePool();
  return {
    pool,
    container: { fingerprint: "a".repeat(64), type: "container", rootfs: "/fake/rootfs.squashfs" },
    vm: { fingerprint: "b".repeat(64), type: "virtual-machine", rootfs: "/fake/disk.qcow2" },
    diskSize: 1024 ** 3,
    write: async ({ path }, letter) => void pool.contents.set(idOf(path), letter),
    read: async ({ path }) => pool.contents.get(idOf(path)) ?? "",
    reopen: () => pool,
    close: async () => undefined,
  };
});

it("fails once where a test wants it to", async () => {
  const pool = new FakePool();
  pool.failures.set("usage", new Error("out of order"));
  await expect(pool.usage()).rejects.toThrow("out of order");
  await expect(pool.usage()).resolves.toBeDefined();
});
