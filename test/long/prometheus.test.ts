/** The metrics as programs of others read them: Debian's OpenMetrics parser, and a Prometheus that scrapes by the example configuration. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mustRun, runCommand } from "../harness/command.ts";
import { unpackDebianPackage } from "../harness/debian-package.ts";
import type { Lodge } from "../harness/lodge.ts";
import { checkout } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

const scratch = mkdtempSync(join(tmpdir(), "lodge-prometheus-"));
let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "c1");
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await lodge.stop();
});

const parse = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.read()))
print(len(families), sum(len(family.samples) for family in families))
`;

test("Debian's parser of OpenMetrics reads them", async (context) => {
  if ((await runCommand("python3", ["--version"])).status !== 0) return context.skip("there is no python3");
  const roots: string[] = [];
  for (const name of ["python3-prometheus-client", "python3-decorator"]) {
    const unpacked = await unpackDebianPackage(name);
    if (typeof unpacked === "string") return context.skip(unpacked);
    roots.push(join(unpacked.root, "usr/lib/python3/dist-packages"));
  }
  const socket = join(lodge.directory, "unix.socket");
  const text = await mustRun("curl", ["-sf", "--unix-socket", socket, "http://lodge/1.0/metrics"]);
  const env = { PYTHONPATH: roots.join(":") };
  const [families = 0, samples = 0] = (await mustRun("python3", ["-c", parse], { input: `${text}\n`, env }))
    .split(" ")
    .map(Number);
  expect(families).toBeGreaterThan(50);
  expect(samples).toBeGreaterThan(families);
});

test("Prometheus scrapes them by the example configuration", async (context) => {
  const prometheus = await unpackDebianPackage("prometheus");
  if (typeof prometheus === "string") return context.skip(prometheus);
  const program = (name: string) => join(prometheus.root, "usr/bin", name);
  const [key, certificate] = ["metrics.key", "metrics.crt"].map((name) => join(scratch, name)) as [string, string];
  await mustRun("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1", "-sha384", "-nodes"],
    ...["-days", "30", "-subj", "/CN=metrics", "-keyout", key, "-out", certificate],
  ]);
  await lodge.must("config", "set", "core.https_address=127.0.0.1:8443");
  await lodge.must("config", "trust", "add", "prometheus", "--certificate", certificate, "--type", "metrics");
  const server = join(lodge.directory, "server.crt");
  copyFileSync(server, join(scratch, "server.crt"));
  const names = await mustRun("openssl", ["x509", "-in", server, "-noout", "-ext", "subjectAltName"]);
  const example = readFileSync(join(checkout, "docs/examples/monitoring/prometheus.yml"), "utf8");
  const configuration = example
    .replace("lab.example.com:8443", "127.0.0.1:8443")
    .replace("scrape_interval: 15s", "scrape_interval: 1s")
    .replace("server_name: lab", `server_name: ${/DNS:([^,\s]+)/.exec(names)?.[1]}`);
  writeFileSync(join(scratch, "prometheus.yml"), configuration);
  await mustRun(program("promtool"), ["check", "config", join(scratch, "prometheus.yml")]);
  const [file = "", ...words] = [
    ...lodge.insideHostNetwork,
    ...[program("prometheus"), `--config.file=${join(scratch, "prometheus.yml")}`],
    ...[`--storage.tsdb.path=${join(scratch, "data")}`, "--web.listen-address=127.0.0.1:9090"],
  ];
  const running = spawn(file, words, { stdio: "ignore", cwd: scratch });
  const ended = once(running, "exit");
  try {
    const query = async (what: string) => {
      const url = `http://127.0.0.1:9090/api/v1/query?query=${encodeURIComponent(what)}`;
      const { status, stdout } = await lodge.runOnHost("curl", "-sf", url);
      const answer =
        status === 0 ? (JSON.parse(stdout) as { data: { result: { value: [number, string] }[] } }) : undefined;
      return answer?.data.result.map(({ value: [, value] }) => Number(value)) ?? [];
    };
    const held = await until("a scrape", 60_000, async () => {
      const found = await query('lodge_memory_used_bytes{name="c1"}');
      return found.length > 0 ? found : undefined;
    });
    expect(held[0]).toBeGreaterThan(0);
    expect(await query("up")).toEqual([1]);
    expect((await query('sum(lxd_cpu_seconds_total{name="c1"})'))[0]).toBeGreaterThanOrEqual(0);
  } finally {
    running.kill("SIGTERM");
    await ended;
  }
});
