import type { InstanceFull } from "@lodge/api";
import { formatBytes } from "../../server/units.ts";

/** What limits come to on the host, seen from outside: it follows a change within moments. */
export function EffectiveLimits({ instance: { state, status } }: { readonly instance: InstanceFull }) {
  if (status === "Stopped" || !state) return undefined;
  const processors = (state.cpu.allocated_time ?? 0) / 1e9;
  const guest = state.vm?.guest;
  const facts = [
    ...(state.memory.total > 0
      ? [`${formatBytes(state.memory.usage)} of ${formatBytes(state.memory.total)} of memory`]
      : []),
    ...(processors > 0
      ? [`the time of ${Number(processors.toFixed(2))} ${processors === 1 ? "processor" : "processors"}`]
      : []),
    ...(guest ? [`the guest sees ${guest.cpus} CPUs and ${formatBytes(guest.memory)}`] : []),
  ];
  return (
    <p className="lodge-effective" role="status">
      In effect now: {facts.join("; ")}.
    </p>
  );
}
