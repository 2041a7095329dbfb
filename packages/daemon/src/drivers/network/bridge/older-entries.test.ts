import type { InstanceId } from "@lodge/core";
import { expect, it } from "vitest";
import { completeNetwork, completePort } from "./older-entries.ts";

const port = {
  network: "lodgebr0",
  instance: "00000001" as InstanceId,
  hostname: "web",
  device: "eth0",
  index: 0,
  mac: "02:10:d6:00:00:01",
  ipv4: "10.1.2.2",
  ipv6: "fd42::2",
};

it("filters an older port as it was, and leaves a newer one alone", () => {
  const filter = { mac: true, ipv4: true, ipv6: true };
  expect(completePort(port)).toEqual({ ...port, filter });
  const open = { ...port, filter: { ...filter, ipv4: false } };
  expect(completePort(open)).toBe(open);
});

it("gives an older network what networks have now", () => {
  const older = { name: "lodgebr0", ipv4: "10.1.2.1/24", ipv6: "fd42::1/64", nat: true, domain: "lodge" };
  const complete = completeNetwork(older);
  expect(complete).toMatchObject({ nat: { ipv4: true, ipv6: true }, peers: [], forwards: [], search: ["lodge"] });
  expect(completeNetwork(complete)).toBe(complete);
});
