import type { Image } from "@lodge/api";
import { expect, it } from "vitest";
import { indexOf, productsOf, type ServedImage, servedPath } from "./tree.ts";

const fingerprint = "a".repeat(64);
const file = { sha256: "b".repeat(64), size: 7 };
const image = (more: Partial<Image> = {}): Image => ({
  ...{ fingerprint, type: "container", architecture: "x86_64", size: 14, public: true, profiles: [], filename: "x" },
  ...{ aliases: [{ name: "debian/12", description: "" }], properties: { os: "Debian", release: "12" } },
  ...{ auto_update: false, cached: false, created_at: "2026-01-02T03:04:05Z", uploaded_at: "", expires_at: "" },
  last_used_at: "",
  ...more,
});
const items = (served: ServedImage) => {
  const { products } = productsOf([served]) as {
    products: Record<string, { versions: Record<string, { items: object }> }>;
  };
  return products["Debian:12:x86_64:default:aaaaaaaaaaaa"]?.versions["20260102_03:04"]?.items;
};

it.each([
  ["a.squashfs", "container", "squashfs", "combined_squashfs_sha256"],
  ["a.tar.xz", "container", "root.tar.xz", "combined_rootxz_sha256"],
  ["a.qcow2", "virtual-machine", "disk-kvm.img", "combined_disk-kvm-img_sha256"],
] as const)("%s of a %s is %s", (filename, type, ftype, combined) => {
  expect(items({ image: image({ type }), metadata: file, rootfs: file, filename })).toEqual({
    "lxd.tar.xz": { ftype: "lxd.tar.xz", path: `images/${fingerprint}/metadata`, ...file, [combined]: fingerprint },
    [ftype]: { ftype, path: `images/${fingerprint}/rootfs`, ...file },
  });
});

it("serves a unified image as one file", () => {
  const path = `images/${fingerprint}/rootfs`;
  const item = { ftype: "lxd_combined.tar.gz", path, ...file };
  expect(items({ image: image(), rootfs: file, filename: "a.tar.gz" })).toEqual({ "lxd_combined.tar.gz": item });
});

it("names its products in the index", () => {
  expect(indexOf([{ image: image(), rootfs: file, filename: "a" }])).toMatchObject({
    index: { images: { path: "streams/v1/images.json", products: ["Debian:12:x86_64:default:aaaaaaaaaaaa"] } },
  });
});

it.each([
  [`/images/${fingerprint}/rootfs`, { fingerprint, part: "rootfs" }],
  [`/images/${fingerprint}/metadata`, { fingerprint, part: "metadata" }],
  [`/images/${fingerprint}/../x`, undefined],
  [`/images/${fingerprint}`, undefined],
  ["/images/../../etc/passwd", undefined],
  ["/", undefined],
])("%s leads to %j", (path, to) => expect(servedPath(path)).toEqual(to));
