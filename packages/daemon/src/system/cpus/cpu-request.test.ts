import { expect, it } from "vitest";
import { cpuRequest, type HostCpus } from "./cpu-request.ts";

const host: HostCpus = {
  available: [0, 1, 2, 3],
  nodes: new Map([
    [0, [0, 1]],
    [1, [2, 3]],
    [2, []],
  ]),
};
const request = (cpus: string, nodes = "") => cpuRequest({ "limits.cpu": cpus, "limits.cpu.nodes": nodes }, host);

it.each([
  ["", "", undefined],
  ["2", "", { count: 2, among: [0, 1, 2, 3] }],
  ["4", "", undefined],
  ["1,3", "", { set: [1, 3] }],
  ["3-3", "", { set: [3] }],
  ["", "1", { set: [2, 3] }],
  ["1", "1", { count: 1, among: [2, 3] }],
  ["4", "1", { count: 4, among: [2, 3] }],
  ["0-2", "1", { set: [2] }],
  ["", "0-1", { set: [0, 1, 2, 3] }],
])("limits.cpu=%s of nodes %j", (cpus, nodes, expected) => {
  expect(request(cpus, nodes)).toEqual(expected);
});

it.each([
  ["2-4", "", "limits.cpu=2-4 names CPU 4; the host has CPUs 0-3."],
  ["0-1", "1", "limits.cpu=0-1 has no CPU of limits.cpu.nodes=1; the host has there CPUs 2-3."],
  ["1", "1,5", "limits.cpu.nodes=1,5 names node 5; the host has NUMA nodes 0-2."],
  ["", "2", "limits.cpu.nodes=2 has no CPU that may be used; the host has CPUs 0-3."],
])("refuses limits.cpu=%s of nodes %j", (cpus, nodes, message) => {
  expect(() => request(cpus, nodes)).toThrow(expect.objectContaining({ code: "limit_exceeds_host", message }));
});
