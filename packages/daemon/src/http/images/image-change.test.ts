import { type Image, zeroTime } from "@lodge/api";
import { expect, it } from "vitest";
import { fakeFingerprint, fakeImage } from "../testing/fake-records.ts";
import { patchedImage, replacedImage } from "./image-change.ts";

const expires_at = "2030-01-01T00:00:00.000Z";
const fetched = {
  server: "https://a",
  protocol: "simplestreams",
  alias: "a",
  certificate: "",
  image_type: "container",
};
const image: Image = {
  ...fakeImage(fakeFingerprint()),
  ...{ public: true, properties: { os: "Debian" }, profiles: ["small"], expires_at, update_source: fetched },
};
const same = { public: true, autoUpdate: false, properties: image.properties, profiles: ["small"] };

it("replaces all but the profiles that nobody speaks of", () => {
  const nothing = { public: false, autoUpdate: false, properties: {}, profiles: ["small"], expiresAt: undefined };
  expect(replacedImage(image, {})).toEqual(nothing);
  expect(replacedImage(image, { profiles: [], auto_update: true })).toEqual({
    ...{ ...nothing, profiles: [], autoUpdate: true },
  });
});

it("changes what is said, and nothing else", () => {
  expect(patchedImage(image, {})).toEqual({ ...same, expiresAt: new Date(expires_at) });
  expect(patchedImage(image, { properties: { release: "12" }, expires_at: zeroTime })).toEqual({
    ...{ ...same, properties: { os: "Debian", release: "12" }, expiresAt: undefined },
  });
});

it("keeps nothing up to date that came from nowhere", () => {
  const { update_source: _, ...own } = image;
  expect(() => patchedImage(own, { auto_update: true })).toThrow("did not come from another server");
  expect(replacedImage({ ...own, auto_update: true }, { auto_update: true })).toMatchObject({ autoUpdate: true });
});
