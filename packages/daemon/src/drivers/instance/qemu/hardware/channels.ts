import { deviceArguments } from "./device.ts";
import { slots } from "./ports.ts";

/** Listening sockets for the channels, and the console's log file: descriptors that QEMU inherits. */
export interface ChannelDescriptors {
  readonly qmp: number;
  readonly agent: number;
  readonly ssh: number;
  readonly console: number;
  readonly consoleLog: number;
  /** Missing: it has no such port. */
  readonly call?: number;
}

/** Ports that the guest opens. */
const agentPort = "org.qemu.guest_agent.0";
const sshPort = "org.lodge.ssh.0";

/** The set of descriptors that holds the console's log. */
const logSet = 1;
/** Sets from here on are free for others. */
export const firstFreeSet = logSet + 1;

/** Of a machine that never runs: the same devices, and nobody behind them. `qmp` as above. */
export interface MuteChannels extends Pick<ChannelDescriptors, "qmp"> {
  readonly call?: true;
}

/** What waits in the guest of a fork listens on it. Templates get it when they are made ready for their forks, and what was forked from them has it. */
export const callPort = {
  ...{ driver: "virtserialport", id: "call-port", bus: "ports.0", chardev: "call" },
  ...{ name: "org.lodge.call.0", nr: 3 },
} as const;

/** QEMU's monitor, the serial console, and the ports by which the guest is reached. */
export function channelArguments(channels: ChannelDescriptors | MuteChannels): string[] {
  return [...chardevs(channels), ...devices, ...(channels.call === undefined ? [] : deviceArguments(callPort))];
}

const devices = [
  ...["-mon", "chardev=qmp,mode=control"],
  ...["-device", "isa-serial,chardev=console"],
  ...["-device", `virtio-serial-pci,id=ports,addr=${slots.channels}`],
  ...["-device", `virtserialport,bus=ports.0,chardev=agent,id=agent-port,name=${agentPort}`],
  ...["-device", `virtserialport,bus=ports.0,chardev=ssh,id=ssh-port,name=${sshPort}`],
];

function chardevs(descriptors: ChannelDescriptors | MuteChannels): string[] {
  const socket = (id: string, descriptor: number, more = "") => [
    "-chardev",
    `socket,id=${id},fd=${descriptor},server=on,wait=off${more}`,
  ];
  if (!("agent" in descriptors)) {
    const mute = ["agent", "ssh", "console", ...(descriptors.call ? ["call"] : [])].flatMap((id) => [
      "-chardev",
      `null,id=${id}`,
    ]);
    return [...socket("qmp", descriptors.qmp), ...mute];
  }
  return [
    ...["-add-fd", `fd=${descriptors.consoleLog},set=${logSet},opaque=console-log`],
    ...socket("qmp", descriptors.qmp),
    ...socket("console", descriptors.console, `,logfile=/dev/fdset/${logSet},logappend=on`),
    ...socket("agent", descriptors.agent),
    ...socket("ssh", descriptors.ssh),
    ...(descriptors.call === undefined ? [] : socket("call", descriptors.call)),
  ];
}
