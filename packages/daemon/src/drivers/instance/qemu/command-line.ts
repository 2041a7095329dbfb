/** What a virtual machine is to be made of; descriptors are those that QEMU inherits. */
export interface MachineDescription {
  readonly id: string;
  readonly uuid: string;
  /** Told to the guest. */
  readonly hostname: string;
  /** An OpenSSH public key, `ssh-ed25519 AAAA…`, told to the guest. */
  readonly sshKey: string;
  /** A versioned type, `pc-q35-7.2`. */
  readonly machine: string;
  readonly accelerator: "kvm" | "tcg";
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** Path of a qcow2. */
  readonly disk: string;
  readonly boot: Boot;
  readonly nics: readonly MachineNic[];
  /** Path of the unix socket on which QEMU is to serve its screen by VNC; it makes the socket itself. */
  readonly vnc: string;
  readonly descriptors: MachineDescriptors;
}

export type Boot =
  | { readonly kind: "firmware" }
  | { readonly kind: "direct"; readonly kernel: string; readonly initrd: string; readonly cmdline: string };

export interface MachineNic {
  readonly mac: string;
  readonly mtu: number;
  /** Of an open tap device. */
  readonly descriptor: number;
}

/** Listening sockets for the channels, and the console's log file. */
export interface MachineDescriptors {
  readonly qmp: number;
  readonly agent: number;
  readonly ssh: number;
  readonly console: number;
  readonly consoleLog: number;
}

/** Ports that the guest opens. */
export const agentPort = "org.qemu.guest_agent.0";
export const sshPort = "org.lodge.ssh.0";

/** MiB of translated code that TCG keeps: enough for a booting Debian, small beside the guest's memory. */
const translationCache = 128;

/** The arguments of qemu-system-x86_64. */
export function qemuArguments(vm: MachineDescription): string[] {
  return [
    ...hygiene(vm),
    ...hardware(vm),
    ...boot(vm.boot),
    ...disk(vm.disk),
    ...vm.nics.flatMap(nic),
    ...["-object", "rng-random,id=rng0,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng0"],
    ...screen(vm.vnc),
    ...channels(vm.descriptors),
    ...firmwareStrings(vm),
  ];
}

function hygiene({ id, descriptors }: MachineDescription): string[] {
  return [
    ...["-name", `guest=lodge-${id},debug-threads=on`],
    ...["-nodefaults", "-no-user-config"],
    ...["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"],
    ...["-msg", "timestamp=on"],
    // QEMU notes by itself why a run ended: exit-report.ts reads it, also when no daemon ran at that moment.
    ...["-trace", "qemu_system_shutdown_request", "-trace", "runstate_set"],
    // A reboot ends QEMU and the core starts it anew: only then is a kernel that the guest installed taken up.
    ...["-action", "reboot=shutdown"],
    ...["-add-fd", `fd=${descriptors.consoleLog},set=1,opaque=console-log`],
  ];
}

function hardware({ machine, accelerator, cpus, memory, uuid }: MachineDescription): string[] {
  return [
    ...["-machine", `${machine},usb=off,vmport=off`],
    ...(accelerator === "kvm"
      ? ["-accel", "kvm", "-cpu", "host"]
      : ["-accel", `tcg,thread=multi,tb-size=${translationCache}`, "-cpu", "max"]),
    ...["-smp", `cpus=${cpus},sockets=1,cores=${cpus},threads=1`],
    ...["-m", `size=${Math.floor(memory / 2 ** 20)}M`],
    ...["-uuid", uuid],
    ...["-rtc", "base=utc"],
  ];
}

function boot(choice: Boot): string[] {
  if (choice.kind === "firmware") return ["-boot", "menu=off"];
  return ["-kernel", choice.kernel, "-initrd", choice.initrd, "-append", choice.cmdline];
}

function disk(path: string): string[] {
  const format = {
    driver: "qcow2",
    "node-name": "root",
    discard: "unmap",
    "detect-zeroes": "unmap",
    file: { driver: "file", filename: path, discard: "unmap" },
  };
  return ["-blockdev", JSON.stringify(format), "-device", "virtio-blk-pci,drive=root,bootindex=1,serial=root"];
}

function nic({ mac, mtu, descriptor }: MachineNic, index: number): string[] {
  return [
    ...["-netdev", `tap,id=net${index},fd=${descriptor}`],
    // Without a ROM the firmware does not try to boot from the network.
    ...["-device", `virtio-net-pci,netdev=net${index},mac=${mac},host_mtu=${mtu},romfile=`],
  ];
}

/**
 * What a person sits at: VGA, the PS/2 keyboard that q35 has, and a pointer with absolute positions, which a viewer needs to
 * keep the guest's pointer under its own. It is a USB tablet, because every system with a graphical screen knows that one.
 * The controller has an address of its own so that those of nics and disks, by which guests name them, do not depend on it.
 */
function screen(socket: string): string[] {
  return [
    ...["-vga", "std"],
    // Viewers share the screen, also those that ask for it alone.
    ...["-display", "none", "-vnc", `unix:${escapeCommas(socket)},share=ignore`],
    ...["-device", "qemu-xhci,id=usb,addr=0x1d", "-device", "usb-tablet,bus=usb.0"],
  ];
}

function channels(descriptors: MachineDescriptors): string[] {
  const socket = (id: string, descriptor: number, more = "") => [
    "-chardev",
    `socket,id=${id},fd=${descriptor},server=on,wait=off${more}`,
  ];
  return [
    ...socket("qmp", descriptors.qmp),
    ...["-mon", "chardev=qmp,mode=control"],
    ...socket("console", descriptors.console, ",logfile=/dev/fdset/1,logappend=on"),
    ...["-device", "isa-serial,chardev=console"],
    ...["-device", "virtio-serial-pci,id=ports"],
    ...socket("agent", descriptors.agent),
    ...["-device", `virtserialport,bus=ports.0,chardev=agent,id=agent-port,name=${agentPort}`],
    ...socket("ssh", descriptors.ssh),
    ...["-device", `virtserialport,bus=ports.0,chardev=ssh,id=ssh-port,name=${sshPort}`],
  ];
}

/**
 * What the guest is told: SMBIOS type 11 strings, found in /sys/firmware/dmi/tables/DMI. The first is there for guests that split
 * the table at NUL bytes: it has none before it.
 */
function firmwareStrings({ hostname, sshKey }: MachineDescription): string[] {
  const values = ["lodge", `lodge:hostname:${hostname}`, `lodge:ssh-key:${sshKey}`];
  return ["-smbios", ["type=11", ...values.map((value) => `value=${escapeCommas(value)}`)].join(",")];
}

/** QEMU's option syntax: a comma in a value is written twice. */
export function escapeCommas(value: string): string {
  return value.replaceAll(",", ",,");
}
