import { expect, it } from "vitest";
import { mountOf } from "./block-device.ts";
import { parseMountinfo } from "./mountinfo.ts";

const mounts = parseMountinfo(
  [
    "21 1 254:0 / / rw - ext4 /dev/vda rw",
    "30 21 0:40 / /var/lib/lodge/pools/fast rw - btrfs /dev/loop3 rw",
    "31 21 0:41 / /var/lib/lodge/pools/fast rw - btrfs /dev/loop4 rw",
    "32 21 0:42 / /run rw - tmpfs tmpfs rw",
  ].join("\n"),
);

it.each([
  ["/var/lib/lodge/pools/fast/roots/1", "/dev/loop4"],
  ["/var/lib/lodge/pools/faster", "/dev/vda"],
  ["/run", "tmpfs"],
  ["/", "/dev/vda"],
])("%s is seen through the mount of %s", (path, source) => expect(mountOf(path, mounts)?.source).toBe(source));
