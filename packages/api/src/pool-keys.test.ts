import { expect, it } from "vitest";
import { findPoolKey } from "./pool-keys.ts";

it.each([
  ["dir", "source", "/srv/pool", true],
  ["dir", "source", "srv", false],
  ["dir", "size", "1GiB", undefined],
  ["btrfs", "size", "10GiB", true],
  ["btrfs", "size", "16MiB", false],
  ["btrfs", "btrfs.mount_options", "compress=zstd:3,noatime", true],
  ["btrfs", "btrfs.mount_options", "a b", false],
  ["btrfs", "user.owner", "me", true],
  ["toString", "source", "/x", undefined],
])("a pool of %s with %s=%s: %s", (driver, key, value, fits) => {
  const known = findPoolKey(driver, key);
  expect(known && known.check(value) === undefined).toBe(fits);
});
