import { expect, test } from "vitest";
import { instanceShape, profileShape, readYamlObject } from "./yaml-object.ts";

test.each([
  ["", {}],
  ["# only a remark\n", {}],
  [
    "config: {limits.cpu: 2, user.mode: 0644, user.on: true}",
    { config: { "limits.cpu": "2", "user.mode": "0644", "user.on": "true" } },
  ],
  ["config:\ndevices:\nprofiles:\n", { config: {}, devices: {}, profiles: [] }],
  ["ephemeral: true\nprofiles: [a, b]\ndescription: x", { ephemeral: true, profiles: ["a", "b"], description: "x" }],
  ["devices:\n  root:\n    type: disk\n    path: /\n", { devices: { root: { type: "disk", path: "/" } } }],
  ["config:\n  user.data: |\n    #cloud-config\n    a: b\n", { config: { "user.data": "#cloud-config\na: b\n" } }],
  ["name: web\nstatus: Running\nconfig: {}", { config: {} }],
])("reads %j", async (yaml, value) => {
  expect(await readYamlObject(yaml, instanceShape)).toEqual(value);
});

test.each([
  ["config: [a]", "config must be a map"],
  ["config: {a: {b: c}}", "config must be a map"],
  ["devices: {root: disk}", "devices must be a map of names"],
  ["ephemeral: maybe", "true or false"],
  ["profiles: default", "list of names"],
  ["confg: {}", "confg is no field"],
  ["web2", "must be a map with"],
  ["- a", "must be a map with"],
  ["config: {a: b", "line 1"],
  ["config: {a: b, a: c}", "unique"],
])("refuses %j", async (yaml, problem) => {
  await expect(readYamlObject(yaml, instanceShape)).rejects.toThrow(problem);
});

test("knows what is no field of a profile", async () => {
  await expect(readYamlObject("profiles: []", profileShape)).rejects.toThrow("there are config, description, devices");
});
