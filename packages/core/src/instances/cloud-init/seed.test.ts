import { expect, test } from "vitest";
import { cloudInitSeed, seedDigest, wantsCloudInit } from "./seed.ts";

const source = (config: Record<string, string>, name = "web", nics = ["eth0"]) => ({ name, config, nics });

test.each([
  [{}, false],
  [{ "user.note": "x", "limits.cpu": "1" }, false],
  [{ "cloud-init.user-data": "#cloud-config" }, true],
  [{ "user.user-data": "#cloud-config" }, true],
  [{ "cloud-init.network-config": "version: 2" }, true],
  [{ "user.meta-data": "a: b" }, true],
])("a seed for %j: %s", (config, wanted) => {
  expect(wantsCloudInit(config as Record<string, string>)).toBe(wanted);
});

test("a seed says who the instance is, and has nothing that was not given", () => {
  expect(cloudInitSeed(source({ "cloud-init.network-config": "version: 2" }, "no"), "id-1")).toEqual({
    metaData: 'instance-id: id-1\nlocal-hostname: "no"\n',
    userData: "#cloud-config\n{}\n",
    networkConfig: "version: 2",
  });
});

test("newer names of keys come before older ones; meta-data is added", () => {
  const config = {
    "user.user-data": "old",
    "cloud-init.user-data": "new",
    "user.vendor-data": "v",
    "user.meta-data": "a: b",
  };
  expect(cloudInitSeed(source(config), "id-1")).toMatchObject({
    metaData: 'instance-id: id-1\nlocal-hostname: "web"\na: b\n',
    userData: "new",
    vendorData: "v",
  });
});

test("the digest follows what cloud-init acts on, and nothing else", () => {
  const digest = seedDigest(source({ "cloud-init.user-data": "a" }));
  expect(seedDigest(source({ "cloud-init.user-data": "a", "limits.cpu": "2" }))).toBe(digest);
  expect(seedDigest(source({ "user.user-data": "a" }))).toBe(digest);
  for (const other of [
    source({ "cloud-init.user-data": "b" }),
    source({ "cloud-init.vendor-data": "a" }),
    source({ "cloud-init.user-data": "a" }, "web2"),
    source({ "cloud-init.user-data": "a" }, "web", ["eth0", "eth1"]),
  ]) {
    expect(seedDigest(other)).not.toBe(digest);
  }
});
