import type { InstanceFull } from "@lodge/api";
import type { Field } from "./page.ts";
import { formatDuration } from "./units.ts";

/** Which starts by itself an instance has had and will have, and why. */
export function comingStarts({ state: { boot, status } }: InstanceFull, now: Date): Field[] {
  if (!boot) return [];
  const inARow = boot.restarts > 0 ? `${boot.restarts} in a row` : "";
  if (status === "Error") return [["Problem", boot.why]];
  if (status !== "Starting") return [["Restarts", inARow && `${inARow}. ${firstLine(boot.why)}`]];
  const seconds = Math.ceil((Date.parse(boot.next_start_at) - now.getTime()) / 1000);
  const when = seconds > 0 ? `in ${formatDuration(seconds)}` : "when it is its turn";
  return [
    ["Next start", `${when}. ${firstLine(boot.why)}`],
    ["Restarts", inARow],
  ];
}

/** What starts an instance by itself. */
export function bootSettings(inForce: InstanceFull["expanded_config"]): Field[] {
  const value = inForce["boot.autostart"] ?? "last-state";
  const when = value === "last-state" ? "with the host, if it ran before" : isTrue(value) ? "with the host" : "no";
  const priority = inForce["boot.autostart.priority"];
  const delay = inForce["boot.autostart.delay"];
  const order = [priority && `priority ${priority}`, delay && `${delay} s before the next`];
  return [
    ["Autostart", [when, ...order].filter(Boolean).join(", ")],
    ["Autorestart", isTrue(inForce["boot.autorestart"]) ? "when it ends unasked" : ""],
  ];
}

export const isTrue = (value = "") => /^(true|1|yes|on)$/i.test(value);
const firstLine = (text: string) => text.split("\n")[0] ?? "";
