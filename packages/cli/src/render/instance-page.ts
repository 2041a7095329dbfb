import type { InstanceFull, InstanceSnapshot } from "@lodge/api";
import { globalAddresses } from "@lodge/sdk";
import { bootSettings, comingStarts } from "./boot-fields.ts";
import { frozenSince } from "./instance-table.ts";
import { ioLimits } from "./io-limits.ts";
import { lifetimeField } from "./lifetime.ts";
import { type Field, renderPage } from "./page.ts";
import { formatBytes, formatDuration, formatTime } from "./units.ts";
import { type SeenUsage, usageFields } from "./usage-fields.ts";

/** What a person wants to know about an instance. */
export function instancePage(instance: InstanceFull, now: Date, seen?: SeenUsage): string {
  const { state, config, expanded_config: inForce } = instance;
  const runs = state.pid > 0;
  const image = config["image.description"] ?? "";
  const fingerprint = config["volatile.base_image"]?.slice(0, 12) ?? "";
  const fields: Field[] = [
    ["Name", instance.name],
    ["Type", instance.type],
    ["Description", instance.description],
    ["Architecture", instance.architecture],
    ["Image", [image, fingerprint && `(${fingerprint})`].filter(Boolean).join(" ")],
    ["State", stateLine(instance, runs)],
    ...comingStarts(instance, now),
    ["Started", runs ? started(state.started_at, now) : ""],
    ["PID", runs ? String(state.pid) : ""],
    ["Addresses", globalAddresses(state).map(({ address, nic }) => `${address} (${nic})`)],
    ["Memory", runs ? memory(instance) : (inForce["limits.memory"] ?? "")],
    [
      "CPU",
      [
        cpuTime(state.cpu.usage, runs),
        runs && cpus(state.cpu),
        inForce["limits.cpu"] && `limit ${inForce["limits.cpu"]}`,
      ]
        .filter(Boolean)
        .join(", "),
    ],
    ["Guest has", guestSize(state.vm)],
    ...(seen ? usageFields(seen) : []),
    ["Processes", state.processes >= 0 && runs ? String(state.processes) : ""],
    ["Disk layers", state.disk["root"]?.layers ? String(state.disk["root"].layers) : ""],
    ["I/O limits", ioLimits(state)],
    ["Accelerator", state.vm?.accelerator ?? ""],
    ...hardware(state.vm),
    ["Began", begun(config["volatile.begun"])],
    ["Profiles", instance.profiles.join(", ")],
    ...bootSettings(inForce),
    ["Ephemeral", instance.ephemeral ? "yes, deleted when it stops" : ""],
    lifetimeField(instance, now),
    ["Created", formatTime(instance.created_at)],
    ["Snapshots", instance.snapshots.map(snapshotLine)],
  ];
  return renderPage(fields);
}

/** What the daemon noted at the launch: `template`, or `boot: WHY`. */
function begun(note = ""): string {
  return note === "template" ? "as a fork of a template" : note.replace(/^boot: (.*)$/s, "by a boot ($1)");
}

function stateLine({ name, status, stateful, state, config }: InstanceFull, runs: boolean): string {
  const frozen = status === "Frozen" && frozenSince(config);
  if (frozen)
    return `Frozen by the governor since ${formatTime(frozen)}, because there was no memory left; "lodge resume ${name}" lets it go on`;
  if (runs) return `${status}${state.ready ? "" : ", not ready yet"}`;
  return `${status}${stateful ? ", with its memory" : ""}`;
}

function snapshotLine({ name, created_at, expires_at, stateful, size }: InstanceSnapshot): string {
  const facts = [
    formatTime(created_at),
    stateful ? "with memory" : "",
    size < 0 ? "" : formatBytes(size),
    expiry(expires_at),
  ];
  return `${name} (${facts.filter(Boolean).join(", ")})`;
}

const expiry = (timestamp: string) => (formatTime(timestamp) ? `until ${formatTime(timestamp)}` : "");

function hardware(vm: InstanceFull["state"]["vm"]): Field[] {
  if (!vm) return [];
  const firmware = vm.firmware === "uefi" ? `UEFI, Secure Boot ${vm.secure_boot ? "on" : "off"}` : "BIOS";
  return [
    ["Machine", vm.machine],
    ["Firmware", firmware],
    ["CPU model", vm.cpu_model],
    ["TPM", vm.tpm ? "2.0 (swtpm)" : ""],
    ["Boot", vm.boot === "direct" ? "the disk's kernel, loaded directly" : "by the firmware"],
  ];
}

/** By its own word. */
function guestSize(vm: InstanceFull["state"]["vm"]): string {
  if (!vm?.guest) return "";
  const { cpus, memory: bytes } = vm.guest;
  return `${cpus} ${cpus === 1 ? "CPU" : "CPUs"}, ${formatBytes(bytes)} of memory`;
}

function started(timestamp: string, now: Date): string {
  const at = Date.parse(timestamp);
  if (!(at > 0)) return "";
  return `${formatTime(timestamp)} (${formatDuration(Math.max(0, (now.getTime() - at) / 1000))} ago)`;
}

/** A container without a limit is told the host's memory, which it shares. */
function memory({ type, state, expanded_config: inForce }: InstanceFull): string {
  const unlimited = type === "container" && !inForce["limits.memory"];
  return `${formatBytes(state.memory.usage)} of ${formatBytes(state.memory.total)}${unlimited ? " (no limit)" : ""}`;
}

/** As many as it sees itself. */
function cpus({ allocated_time: perSecond = 0 }: InstanceFull["state"]["cpu"]): string {
  const count = perSecond / 1e9;
  return count > 0 ? `on ${count} ${count === 1 ? "CPU" : "CPUs"}` : "";
}

function cpuTime(nanoseconds: number, runs: boolean): string {
  return runs ? `${(nanoseconds / 1e9).toFixed(1)} s used` : "";
}
