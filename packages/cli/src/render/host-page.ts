import type { HostInfo } from "@lodge/api";
import type { Paint } from "../terminal/colour.ts";
import { renderPage } from "./page.ts";
import { formatBytes } from "./units.ts";

/** What a person wants to know about the host. */
export function hostPage(host: HostInfo, paint: Paint): string {
  const facts = renderPage([
    ["Host", host.os],
    ["Kernel", `${host.kernel} (${host.architecture})`],
    ["CPUs", String(host.cpus)],
    ["Memory", `${formatBytes(host.memory_total)}, ${formatBytes(host.memory_available)} available`],
    ["Accelerator", `${host.accelerator}: ${host.accelerator_reason}`],
    ["Control groups", host.cgroup],
    ["Lodge", `${host.version}, process ${host.pid}, state in ${host.lodge_dir}`],
  ]);
  const width = Math.max(0, ...host.findings.map(({ name }) => name.length)) + 2;
  const findings = host.findings.map(({ name, ok, detail }) => {
    const mark = ok ? paint("green", "✓") : paint("yellow", "✗");
    return `  ${mark} ${name.padEnd(width)}${detail}`;
  });
  return findings.length > 0 ? `${facts}\n\nFound:\n${findings.join("\n")}` : facts;
}
