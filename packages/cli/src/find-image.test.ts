import type { Image } from "@lodge/api";
import { expect, test } from "vitest";
import { findImage, findImages, typeOf } from "./find-image.ts";

const image = (digit: string, type: Image["type"], alias: string): Image => ({
  fingerprint: digit.repeat(64),
  type,
  aliases: [{ name: alias, description: "" }],
  architecture: "x86_64",
  auto_update: false,
  cached: false,
  filename: "",
  profiles: [],
  properties: {},
  public: false,
  size: 1,
  created_at: "",
  expires_at: "",
  last_used_at: "",
  uploaded_at: "",
});
const container = image("a", "container", "debian/12");
const vm = image("b", "virtual-machine", "debian/12");
const images = [container, vm, image("c", "container", "aaaaaa")];

test("an alias of both types needs one", () => {
  expect(findImages(images, "debian/12", undefined)).toEqual([container, vm]);
  expect(findImage(images, "debian/12", "virtual-machine")).toBe(vm);
  expect(() => findImage(images, "debian/12", undefined)).toThrow("names 2 images");
});

test("the beginning of a fingerprint; an alias goes first", () => {
  expect(findImage(images, "bbbbbb", undefined)).toBe(vm);
  expect(findImage(images, "aaaaaa", undefined).fingerprint).toBe("c".repeat(64));
  expect(findImage(images, "aaaaaaa", undefined)).toBe(container);
});

test.each(["aaa", "nix", "B".repeat(64)])("%s names nothing", (name) => {
  expect(() => findImage(images, name, undefined)).toThrow("No image has");
});

test("options to type", () => {
  expect([typeOf({}), typeOf({ vm: true }), typeOf({ container: true })]).toEqual([
    undefined,
    "virtual-machine",
    "container",
  ]);
});
