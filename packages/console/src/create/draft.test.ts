import type { Profile } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { type ChosenImage, type Draft, emptyDraft, type Problems, problemsOf, requestOf } from "./draft.ts";

const profiles: readonly Profile[] = [
  {
    ...{ name: "default", description: "", config: {}, used_by: [], project: "default" },
    devices: {
      root: { type: "disk", path: "/", pool: "fast" },
      eth0: { type: "nic", network: "lodgebr0" },
    },
  },
  { name: "bare", description: "", config: {}, devices: {}, used_by: [], project: "default" },
];
const image: ChosenImage = { name: "tiny", fingerprint: "ab", type: "container" };
const remote: ChosenImage = { ...image, server: { url: "https://images.example.com", protocol: "simplestreams" } };
const machine: Draft = { ...emptyDraft, type: "virtual-machine", from: "empty" };

describe("what is asked of the server", () => {
  it.each<[string, Partial<Draft>, object]>([
    ["an image here", {}, { source: { type: "image", fingerprint: "ab" }, config: {}, devices: {} }],
    [
      "an image of a server",
      { image: remote },
      { source: { ...{ type: "image", fingerprint: "ab", mode: "pull" }, server: "https://images.example.com" } },
    ],
    ["limits", { cpu: "2", memory: "1GiB" }, { config: { "limits.cpu": "2", "limits.memory": "1GiB" } }],
    ["a size", { size: "5GiB" }, { devices: { root: { type: "disk", path: "/", pool: "fast", size: "5GiB" } } }],
    ["a pool", { pool: "slow" }, { devices: { root: { type: "disk", path: "/", pool: "slow" } } }],
    ["no network", { network: "none" }, { devices: { eth0: { type: "none" } } }],
    ["another network", { network: "lab" }, { devices: { eth0: { type: "nic", network: "lab", name: "eth0" } } }],
    ["cloud-init", { userData: "#cloud-config\n" }, { config: { "cloud-init.user-data": "#cloud-config\n" } }],
    [
      "a disk of its own where no profile has one",
      { profiles: ["bare"], pool: "fast" },
      { profiles: ["bare"], devices: { root: { pool: "fast" } } },
    ],
    [
      "an ISO",
      { ...machine, iso: { pool: "fast", name: "debian" } },
      { source: { type: "none" }, devices: { iso: { pool: "fast", source: "debian", "boot.priority": "10" } } },
    ],
  ])("%s", (_what, change, request) => {
    expect(requestOf({ ...emptyDraft, image, ...change }, profiles)).toMatchObject(request);
  });
});

describe("what is said before the server is asked", () => {
  it.each<[Partial<Draft>, readonly (keyof Problems)[]]>([
    [{}, []],
    [{ name: "web" }, ["name"]],
    [{ name: "9lives" }, ["name"]],
    [{ image: undefined }, ["image"]],
    // Chosen for the other type.
    [{ type: "virtual-machine" }, ["image"]],
    [{ cpu: "many", memory: "much", size: "large" }, ["cpu", "memory", "size"]],
    [{ cpu: "0-1,3", memory: "25%", size: "10GiB" }, []],
    [{ profiles: [] }, ["pool"]],
    [machine, ["iso"]],
    [{ ...machine, start: false }, []],
  ])("%o: %o", (change, fields) => {
    const problems = problemsOf({ ...emptyDraft, image, ...change }, new Set(["web"]), profiles);
    expect(Object.keys(problems)).toEqual(fields);
  });
});
