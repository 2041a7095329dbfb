/** What instances use: metrics, history and `lodge top`, held against what the guests say themselves. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseOpenMetrics } from "@lodge/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mustRun } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";
import { checkout } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await Promise.all([lodge.must("launch", "tiny", "c1"), lodge.must("launch", "tiny", "v1", "--vm")]);
  await lodge.must("wait", "v1");
});
afterAll(() => lodge.stop());

async function scrape(...more: string[]) {
  const url = "http://lodge/1.0/metrics";
  return mustRun("curl", ["-sf", "--unix-socket", join(lodge.directory, "unix.socket"), ...more, url]);
}

async function families() {
  const read = parseOpenMetrics(`${await scrape()}\n`);
  const sum = (family: string, name: string) =>
    read
      .get(family)
      ?.samples.filter(({ labels }) => labels["name"] === name)
      .reduce((total, { value }) => total + value, 0) ?? Number.NaN;
  return { read, sum };
}

describe("metrics", () => {
  test("say of a virtual machine's memory what its guest says", async () => {
    // Its agent may begin after its ssh.
    const { sum } = await until("the guest's figures", 30_000, async () => {
      const seen = await families();
      return seen.sum("lxd_filesystem_size_bytes", "v1") > 0 ? seen : undefined;
    });
    const meminfo = await lodge.must("exec", "v1", "--", "cat", "/proc/meminfo");
    const bytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(meminfo)?.[1]) * 1024;
    expect(sum("lxd_memory_MemTotal_bytes", "v1")).toBe(bytes("MemTotal"));
    expect(Math.abs(sum("lxd_memory_MemAvailable_bytes", "v1") - bytes("MemAvailable"))).toBeLessThan(64 << 20);
    const used = sum("lodge_memory_used_bytes", "v1");
    expect(used).toBeGreaterThan(32 << 20);
  });

  test("grow with what is done inside", async () => {
    const before = await families();
    const work = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
    const write = "dd if=/dev/zero of=/root/data bs=64k count=64 conv=fsync 2>/dev/null";
    const [gateway = ""] = /(?<=via )\S+/.exec(await lodge.must("exec", "c1", "--", "ip", "route")) ?? [];
    await lodge.must("exec", "c1", "--", "sh", "-c", `${work}; ping -c 3 -i 0.2 -s 1000 ${gateway}`);
    await lodge.must("exec", "v1", "--", "sh", "-c", write);
    const after = await families();
    const grown = (family: string, name: string) => after.sum(family, name) - before.sum(family, name);
    expect(grown("lxd_cpu_seconds", "c1")).toBeGreaterThan(0.05);
    expect(grown("lxd_cpu_seconds", "v1")).toBeGreaterThan(0);
    expect(grown("lxd_network_transmit_bytes", "c1")).toBeGreaterThan(3000);
    expect(grown("lxd_network_receive_bytes", "c1")).toBeGreaterThan(3000);
    expect(grown("lxd_disk_written_bytes", "v1")).toBeGreaterThanOrEqual(4 << 20);
    expect(after.sum("lxd_procs_total", "c1")).toBeGreaterThan(0);
  });

  test("have what the example dashboard asks for", async () => {
    const { read } = await families();
    const dashboard = readFileSync(join(checkout, "docs/examples/monitoring/grafana-dashboard.json"), "utf8");
    const asked = new Set(dashboard.match(/\b(?:lxd|lodge)_[A-Za-z_]+/g));
    // The kernel tells it of groups of v2 alone.
    asked.delete("lodge_pressure_seconds_total");
    const told = new Set([...read].map(([family, { type }]) => (type === "counter" ? `${family}_total` : family)));
    expect(asked.size).toBeGreaterThan(20);
    expect([...asked].filter((name) => !told.has(name))).toEqual([]);
  });

  test("have Incus's names for its client", async () => {
    expect(await scrape("-A", "Incus 6.0.4 (Linux; x86_64)")).toMatch(/^incus_memory_MemTotal_bytes\{name="c1"/m);
  });

  test("are served on an address of their own, to anybody where the server says so", async () => {
    const ask = async (path: string) =>
      (await lodge.runOnHost("curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", `https://127.0.0.1:9100${path}`))
        .stdout;
    await lodge.must("config", "set", "core.metrics_address=127.0.0.1:9100");
    expect(await ask("/1.0/metrics")).toBe("403");
    await lodge.must("config", "set", "core.metrics_authentication=false");
    expect(await ask("/1.0/metrics")).toBe("200");
    expect(await ask("/1.0")).toBe("404");
    const taken = await lodge.run("config", "set", "core.https_address=127.0.0.1:9100");
    expect(taken.stderr).toContain("is taken");
    await lodge.must("config", "unset", "core.metrics_address");
  });
});

describe("usage", () => {
  test("has a history that fills", async () => {
    const curves = await until("two points", 30_000, async () => {
      const history = await lodge.client.usage.history("c1");
      return history.series.cpu.filter((point) => point !== null).length >= 2 ? history : undefined;
    });
    const known = (points: readonly (number | null)[]) => points.filter((point) => point !== null);
    expect(curves.step).toBe(5);
    expect(Math.min(...known(curves.series.memory_used))).toBeGreaterThan(0);
    expect(known(curves.series.network_received).length).toBeGreaterThan(0);
    const host = await lodge.client.usage.hostHistory();
    expect(Math.max(...known(host.series.instances))).toBe(2);
    await expect(lodge.client.usage.history("c1", { step: 7 })).rejects.toMatchObject({ code: "request_invalid" });
  });

  test("is one table in the terminal, and figures for scripts", async () => {
    const table = await lodge.must("top", "--once", "--sort", "name");
    expect(table).toMatch(/1 container, 1 virtual machine/);
    expect(table).toMatch(/^c1 +CT +running +\d/m);
    expect(table).toMatch(/^v1 +VM +running +\d/m);
    const csv = await lodge.must("top", "--once", "-f", "csv", "-c", "name,memory,processes", "type=container");
    expect(csv).toMatch(/^c1,\d+,\d+$/);
    const json = JSON.parse(await lodge.must("top", "-f", "json", "--all-projects")) as {
      instances: { name: string; memory: { used: number } }[];
    };
    expect(json.instances.map(({ name }) => name).toSorted()).toEqual(["c1", "v1"]);
    expect(await lodge.must("info", "c1")).toMatch(/^CPU now: +\d+\.\d%$/m);
  });
});
