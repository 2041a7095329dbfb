import { describe, expect, it } from "vitest";
import { imagesOf } from "./products.ts";
import { productsSchema } from "./schema.ts";

const hash = (digit: string) => digit.repeat(64);
const item = (ftype: string, digit: string, more: object = {}) => ({
  ...{ ftype, path: `images/${ftype}`, sha256: hash(digit), size: 10 },
  ...more,
});
const metadata = item("lxd.tar.xz", "1", {
  combined_squashfs_sha256: hash("a"),
  combined_rootxz_sha256: hash("b"),
  "combined_disk-kvm-img_sha256": hash("c"),
});
const files = {
  "lxd.tar.xz": metadata,
  "root.tar.xz": item("root.tar.xz", "2"),
  "rootfs.squashfs": item("squashfs", "3"),
  "disk.qcow2": item("disk-kvm.img", "4"),
  "delta.vcdiff": item("squashfs.vcdiff", "5"),
};
const product = (versions: object, more: object = {}) => ({
  ...{ aliases: "debian/12,debian/bookworm", arch: "amd64", os: "Debian", release: "bookworm", variant: "default" },
  ...{ release_title: "Bookworm", versions },
  ...more,
});
const read = (products: object) => imagesOf(productsSchema.parse({ products }));

describe("products", () => {
  it("offer a container and a machine of one version", () => {
    const images = read({ one: product({ "20260102_03:04": { items: files } }) });
    expect(images).toMatchObject([
      { type: "container", fingerprint: hash("a"), files: { rootfs: { path: "images/squashfs" } }, size: 20 },
      { type: "container", fingerprint: hash("b"), aliases: [] },
      { type: "virtual-machine", fingerprint: hash("c"), files: { rootfs: { path: "images/disk-kvm.img" } } },
    ]);
    expect(images[0]).toMatchObject({
      architecture: "x86_64",
      aliases: ["debian/12", "debian/bookworm"],
      createdAt: new Date("2026-01-02T00:00:00Z"),
      properties: { os: "Debian", serial: "20260102_03:04", description: "Debian Bookworm amd64 (20260102_03:04)" },
    });
  });

  it("give an alias to the newest of a type and architecture", () => {
    const [old, young] = [{ ...metadata, combined_squashfs_sha256: hash("d") }, metadata];
    const root = item("squashfs", "3");
    const images = read({
      one: product({ "20250102": { items: { a: old, root } }, "20260102": { items: { a: young, root } } }),
      arm: product(
        { "20240102": { items: { a: { ...metadata, combined_squashfs_sha256: hash("e") }, root } } },
        { arch: "arm64" },
      ),
    });
    expect(images.map(({ fingerprint, aliases }) => [fingerprint[0], aliases.length])).toEqual([
      ["a", 2],
      ["d", 0],
      ["e", 2],
    ]);
  });

  it("offer unified images, and Incus's", () => {
    expect(read({ one: product({ "20260102": { items: { a: item("lxd_combined.tar.gz", "9") } } }) })).toMatchObject([
      { type: "container", fingerprint: hash("9"), files: { rootfs: { sha256: hash("9") } } },
    ]);
    const incus = { a: { ...metadata, ftype: "incus.tar.xz" }, b: item("squashfs", "3") };
    expect(read({ one: product({ "20260102": { items: incus } }) })).toHaveLength(1);
  });

  it.each([
    ["without a fingerprint", { a: { ...metadata, combined_squashfs_sha256: undefined }, b: item("squashfs", "3") }],
    ["without a file's hash", { a: metadata, b: item("squashfs", "3", { sha256: undefined }) }],
    ["with a hash that is none", { a: metadata, b: item("squashfs", "3", { sha256: "../../x" }) }],
    ["without a size", { a: metadata, b: item("squashfs", "3", { size: undefined }) }],
    ["of a size that is none", { a: metadata, b: item("squashfs", "3", { size: -1 }) }],
    ["without a root file system", { a: metadata }],
    ["of nonsense", { a: 7, b: null, c: [] }],
  ])("do not offer what is %s", (_what, items) =>
    expect(read({ one: product({ "20260102": { items } }) })).toEqual([]),
  );

  it("are read beside what is no product and no version", () => {
    const versions = { "20260102": { items: files }, nightly: { items: files }, "99999999": { items: files } };
    expect(read({ bad: 7, worse: { arch: 1 }, one: product(versions) })).toHaveLength(3);
  });
});
