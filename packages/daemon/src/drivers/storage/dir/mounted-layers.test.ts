import { expect, it } from "vitest";
import { parseMountedLayers } from "./mounted-layers.ts";

const overlay = (target: string, options: string) =>
  `41 28 0:40 / ${target} rw,nodev shared:2 - overlay overlay rw,${options}`;

it("tells the layers of all overlays from how their options name them", () => {
  const stage = "/p/roots/00000001/stage";
  const text = [
    "28 1 8:1 / /p/layers/ffffffffffffffff/upper rw - ext4 /dev/sda rw",
    overlay("/p/roots/00000001/rootfs", `lowerdir=${stage}/layers/000000000000000a/upper:${stage}/layer,upperdir=/u`),
    overlay(
      "/p/roots/.00000001-ab/rootfs",
      "lowerdir=/p/layers/000000000000000b/upper:/p/layers/000000000000000a/upper:/i",
    ),
  ].join("\n");
  expect([...parseMountedLayers(text)].sort()).toEqual(["000000000000000a", "000000000000000b"]);
  expect([...parseMountedLayers("")]).toEqual([]);
});
