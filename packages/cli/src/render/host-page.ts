import type { HostInfo } from "@lodge/api";
import type { Paint } from "../terminal/colour.ts";
import { governorFields } from "./governor-rows.ts";
import { hostUsageFields, type SeenHost } from "./host-usage-fields.ts";
import { renderPage, wrapped } from "./page.ts";
import { formatBytes } from "./units.ts";

/** Of the longest label, its colon and a space. */
const labelWidth = "Control groups: ".length;

/** What a person wants to know about the host, in so many columns. */
export function hostPage(host: HostInfo, paint: Paint, columns = Number.POSITIVE_INFINITY, seen?: SeenHost): string {
  const facts = renderPage([
    ["Host", host.os],
    ["Kernel", `${host.kernel} (${host.architecture})`],
    ["CPUs", String(host.cpus)],
    ["Memory", `${formatBytes(host.memory_total)}, ${formatBytes(host.memory_available)} available`],
    ...(seen ? hostUsageFields(seen) : []),
    ["Accelerator", wrapped(`${host.accelerator}: ${host.accelerator_reason}`, columns - labelWidth)],
    ...(host.governor ? governorFields(host.governor) : []),
    ["Control groups", host.cgroup],
    ["Lodge", wrapped(`${host.version}, process ${host.pid}, state in ${host.lodge_dir}`, columns - labelWidth)],
  ]);
  const width = Math.max(0, ...host.findings.map(({ name }) => name.length)) + 2;
  const findings = host.findings.map(({ name, ok, detail }) => {
    const mark = ok ? paint("green", "✓") : paint("yellow", "✗");
    const indent = width + 4;
    return `  ${mark} ${name.padEnd(width)}${wrapped(detail, columns - indent).join(`\n${" ".repeat(indent)}`)}`;
  });
  return findings.length > 0 ? `${facts}\n\nFound:\n${findings.join("\n")}` : facts;
}
