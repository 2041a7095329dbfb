import { slots } from "./ports.ts";

/** Listening sockets for the channels, and the console's log file: descriptors that QEMU inherits. */
export interface ChannelDescriptors {
  readonly qmp: number;
  readonly agent: number;
  readonly ssh: number;
  readonly console: number;
  readonly consoleLog: number;
}

/** Ports that the guest opens. */
const agentPort = "org.qemu.guest_agent.0";
const sshPort = "org.lodge.ssh.0";

/** The set of descriptors that holds the console's log. */
const logSet = 1;
/** Sets from here on are free for others. */
export const firstFreeSet = logSet + 1;

/** QEMU's monitor, the serial console, and the ports by which the guest is reached. */
export function channelArguments(descriptors: ChannelDescriptors): string[] {
  const socket = (id: string, descriptor: number, more = "") => [
    "-chardev",
    `socket,id=${id},fd=${descriptor},server=on,wait=off${more}`,
  ];
  return [
    ...["-add-fd", `fd=${descriptors.consoleLog},set=${logSet},opaque=console-log`],
    ...socket("qmp", descriptors.qmp),
    ...["-mon", "chardev=qmp,mode=control"],
    ...socket("console", descriptors.console, `,logfile=/dev/fdset/${logSet},logappend=on`),
    ...["-device", "isa-serial,chardev=console"],
    ...["-device", `virtio-serial-pci,id=ports,addr=${slots.channels}`],
    ...socket("agent", descriptors.agent),
    ...["-device", `virtserialport,bus=ports.0,chardev=agent,id=agent-port,name=${agentPort}`],
    ...socket("ssh", descriptors.ssh),
    ...["-device", `virtserialport,bus=ports.0,chardev=ssh,id=ssh-port,name=${sshPort}`],
  ];
}
