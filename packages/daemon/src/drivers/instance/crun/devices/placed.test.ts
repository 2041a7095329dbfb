import { expect, it } from "vitest";
import { parseMountinfo } from "../../../../system/mountinfo.ts";
import { broughtMounts, mountsOf, type Placed } from "./placed.ts";

/** Of a container with a directory, a node and mounts of its own. */
const mounts = parseMountinfo(`1 0 0:54 / / rw - overlay overlay rw
2 1 0:72 / /dev rw - tmpfs dev rw
3 2 0:69 / /dev/.lodge ro master:6 - tmpfs lodge rw
4 3 254:0 /srv /dev/.lodge/data rw master:7 - ext4 /dev/vda rw
5 1 254:0 /srv /mnt rw master:7 - ext4 /dev/vda rw
6 5 254:0 /srv /mnt/again rw shared:9 master:7 - ext4 /dev/vda rw
7 1 254:0 /srv /own rw shared:7 - ext4 /dev/vda rw
8 2 0:69 /full /dev/myfull ro master:6 - tmpfs lodge rw
9 1 0:69 /other /x ro master:6 - tmpfs lodge rw
`);

const tree: Placed = { name: "data", kind: "tree", group: 7 };
const node: Placed = {
  name: "full",
  kind: "node",
  fileSystem: "0:69",
  rule: { type: "c", major: 1, minor: 7, access: "rwm" },
};

it.each([
  [tree, [4, 5, 6], [6, 5]],
  [node, [8], [8]],
  [{ ...node, name: "gone" }, [], []],
])("knows the mounts of %j", (placed, all, brought) => {
  expect(mountsOf(placed, mounts).map(({ id }) => id)).toEqual(all);
  expect(broughtMounts(placed, mounts).map(({ id }) => id)).toEqual(brought);
});
