import { expect, it } from "vitest";
import { metricFamilies } from "./families.ts";
import { instanceSamples } from "./instance-samples.ts";
import { renderOpenMetrics, type Sample } from "./open-metrics.ts";
import { parseOpenMetrics } from "./testing/parse-open-metrics.ts";

it("keeps a family together, in one order, and ends with its mark", () => {
  const samples: Sample[] = [
    { name: "lxd_procs_total", labels: { name: "a" }, value: 3 },
    { name: "lxd_cpu_seconds_total", labels: { name: "a" }, value: 0.25 },
    { name: "lxd_procs_total", labels: { name: "b" }, value: 1 },
  ];
  expect(
    renderOpenMetrics(samples),
  ).toBe(`# HELP lxd_cpu_seconds Processor time used, of all processors together, in seconds.
# TYPE lxd_cpu_seconds counter
# UNIT lxd_cpu_seconds seconds
lxd_cpu_seconds_total{name="a"} 0.25
# HELP lxd_procs_total Processes that run.
# TYPE lxd_procs_total gauge
lxd_procs_total{name="a"} 3
lxd_procs_total{name="b"} 1
# EOF
`);
  expect(renderOpenMetrics([])).toBe("# EOF\n");
});

it("escapes what labels may not have", () => {
  const labels = { name: 'a"b\\c\nd' };
  const text = renderOpenMetrics([{ name: "lxd_procs_total", labels, value: 1e21 }]);
  expect(parseOpenMetrics(text).get("lxd_procs_total")?.samples).toEqual([
    { name: "lxd_procs_total", labels, value: 1e21 },
  ]);
});

it("names nothing twice", () => {
  const names = metricFamilies.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

it("tells of an instance what was measured, and nothing that was not", () => {
  const instance = { name: "web", project: "default", type: "container", cpus: 2 };
  const nic = { device: "eth0", bytesReceived: 1, packetsReceived: 2, bytesSent: 3, packetsSent: 4 };
  const seen = {
    ...{ cpuSeconds: { user: 1.5, system: 0.5 }, memory: { MemTotal: 1024, RSS: 512 }, processes: 7 },
    disks: [{ device: "vda", bytesRead: 1, reads: 2, bytesWritten: 3, writes: 4 }],
    fileSystems: [{ device: "root", type: "overlay", mountpoint: "/", size: 10, free: 5, available: 4 }],
  };
  const families = parseOpenMetrics(renderOpenMetrics(instanceSamples(instance, seen, [nic])));
  const own = { name: "web", project: "default", type: "container" };
  expect(families.get("lxd_cpu_seconds")?.samples).toEqual([
    expect.objectContaining({ labels: { cpu: "0", mode: "system", ...own }, value: 0.5 }),
    expect.objectContaining({ labels: { cpu: "0", mode: "user", ...own }, value: 1.5 }),
  ]);
  expect(families.get("lxd_filesystem_avail_bytes")?.samples[0]).toMatchObject({
    labels: { device: "root", fstype: "overlay", mountpoint: "/", ...own },
    value: 4,
  });
  expect(families.get("lxd_network_transmit_bytes")?.samples[0]).toMatchObject({
    labels: { device: "eth0" },
    value: 3,
  });
  expect([...families.keys()]).not.toContain("lxd_network_receive_errs");
  expect([...families.keys()]).not.toContain("lxd_memory_OOM_kills");
});

it.each([
  ["no end", "lxd_procs_total 1\n"],
  ["a sample of nothing", "lxd_procs_total 1\n# EOF\n"],
  ["a counter that is called as its samples", "# HELP a_total x\n# TYPE a_total counter\na_total 1\n# EOF\n"],
  ["the same twice", "# HELP a x\n# TYPE a gauge\na 1\na 1\n# EOF\n"],
  ["no number", "# HELP a x\n# TYPE a gauge\na NaN\n# EOF\n"],
  ["a comma too many", '# HELP a x\n# TYPE a gauge\na{b="c",} 1\n# EOF\n'],
])("a strict reader refuses %s", (_what, text) => {
  expect(() => parseOpenMetrics(text)).toThrow();
});
