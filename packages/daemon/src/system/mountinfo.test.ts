import { describe, expect, it } from "vitest";
import { mountsAtOrBelow, parseMountinfo } from "./mountinfo.ts";

const text = `22 28 0:21 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
67 43 0:39 / /srv/a\\040b/rootfs rw,nodev,relatime - overlay overlay rw,lowerdir=/x
68 43 254:0 /srv/x /srv/a\\040b/rootfs/mnt rw shared:1 master:2 - ext4 /dev/vda rw
69 43 254:0 /srv/x /srv/a\\040bc rw - ext4 /dev/vda rw
rubbish
`;

describe("mountinfo", () => {
  it("reads numbers, targets, types and sources, with and without optional fields", () => {
    expect(parseMountinfo(text)).toEqual([
      { id: 22, device: "0:21", root: "/", shared: 7, target: "/sys", type: "sysfs", source: "sysfs" },
      { id: 67, device: "0:39", root: "/", target: "/srv/a b/rootfs", type: "overlay", source: "overlay" },
      {
        id: 68,
        device: "254:0",
        root: "/srv/x",
        shared: 1,
        master: 2,
        target: "/srv/a b/rootfs/mnt",
        type: "ext4",
        source: "/dev/vda",
      },
      { id: 69, device: "254:0", root: "/srv/x", target: "/srv/a bc", type: "ext4", source: "/dev/vda" },
    ]);
  });

  it("lists what is mounted at or below a directory, the last first", () => {
    const targets = mountsAtOrBelow(text, "/srv/a b").map(({ target }) => target);
    expect(targets).toEqual(["/srv/a b/rootfs/mnt", "/srv/a b/rootfs"]);
  });
});
