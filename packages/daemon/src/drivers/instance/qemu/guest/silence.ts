import { LodgeError } from "@lodge/api/errors";

/** What is known of a guest that does not answer. */
export interface SilentGuest {
  readonly name: string;
  readonly accelerator: "kvm" | "tcg";
  /** Seconds since QEMU's start. */
  readonly running: number;
  /** It has answered in this run. */
  readonly answered: boolean;
  /** It has Lodge's port open at this moment. */
  readonly portOpen: boolean;
}

/** Seconds in which every system that has what it takes has opened the port; emulated, its cloud-init may only just be installing that. */
const patience = { kvm: 120, tcg: 600 } as const;

/** Says no more than what was seen. `instance_not_ready` where waiting may help, else `guest_unprepared`. */
export function silenceError(guest: SilentGuest): LodgeError {
  const { name, accelerator, answered, portOpen } = guest;
  const seconds = Math.floor(guest.running);
  if (portOpen) return notReady(`The guest of ${name} has Lodge's port open and does not answer yet; try again.`);
  if (answered) {
    return notReady(
      `The guest of ${name} answered before and does not any more: it shuts down or restarts, or its sshd for Lodge has ended. ${ways(name)}`,
    );
  }
  const fact = `The guest of ${name} does not answer: it has not opened Lodge's port in the ${seconds} s since its start.`;
  if (seconds < patience[accelerator]) {
    return notReady(`${fact} It is still booting, or is a system that was not made for Lodge. ${ways(name)}`);
  }
  return new LodgeError({
    code: "guest_unprepared",
    message: `${fact} It is a system that was not made for Lodge, or its boot hangs. ${ways(name)} How a system gets exec: docs/how-to/cloud-init.md.`,
  });
}

const notReady = (message: string): LodgeError => new LodgeError({ code: "instance_not_ready", message });

const ways = (name: string): string =>
  `See and drive it with "lodge console ${name}", "lodge screenshot ${name}" and "lodge keys ${name}".`;
