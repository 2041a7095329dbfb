import { type ChannelDescriptors, channelArguments, type MuteChannels } from "./hardware/channels.ts";
import { deviceArguments, escapeCommas } from "./hardware/device.ts";
import { diskArguments, type MachineDisk, scsiController } from "./hardware/disks.ts";
import { type Boot, bootArguments, firmwareMachine } from "./hardware/firmware.ts";
import { growthArguments, type Room } from "./hardware/growth.ts";
import { type MemoryBacking, memoryArguments, memoryMachine } from "./hardware/memory.ts";
import { type MachineNic, nicArguments } from "./hardware/nics.ts";
import { portArguments, slots } from "./hardware/ports.ts";
import { type Processor, processorArguments } from "./hardware/processor.ts";
import { screenArguments } from "./hardware/screen.ts";
import { type MachineShare, shareArguments } from "./hardware/shares.ts";
import { functionDevices, type MachineFunctions, type MachineUsb, usbDevice } from "./passthrough/arguments.ts";
import { tpmArguments } from "./tpm/arguments.ts";

/** What a virtual machine is to be made of; descriptors are those that QEMU inherits. */
export interface MachineDescription {
  readonly id: string;
  readonly uuid: string;
  /** Another one tells the guest that its memory has been used before, so that what is random in it must be drawn anew. */
  readonly generation: string;
  /** Told to the guest. */
  readonly hostname: string;
  /** An OpenSSH public key, `ssh-ed25519 AAAA…`, told to the guest. */
  readonly sshKey: string;
  /** A versioned type, `pc-q35-7.2`. */
  readonly machine: string;
  readonly processor: Processor;
  /** Bytes. */
  readonly memory: number;
  readonly backing: MemoryBacking;
  /** The host's kernel may merge its memory with that of others. */
  readonly merge?: true;
  /** For more of both while it runs. */
  readonly room?: Room;
  /** Bytes of that which its guest is to take into use as soon as it can; missing: none. */
  readonly more?: number;
  /** It does not boot, but waits for the state of another run. */
  readonly incoming: boolean;
  /** The guest takes the clock for local time, as Windows does. */
  readonly localTime: boolean;
  readonly boot: Boot;
  /** How many PCI Express root ports there are. */
  readonly ports: number;
  readonly disks: readonly MachineDisk[];
  /** QEMU's bus of the controller for virtio-scsi; missing: it has a place of its own. */
  readonly scsiBus?: string;
  readonly nics: readonly (MachineNic & { readonly descriptor: number })[];
  /** PCI functions of the host. */
  readonly functions: readonly MachineFunctions[];
  /** USB devices of the host. */
  readonly usb: readonly MachineUsb[];
  /** Directories of the host; `descriptor`: a connection to what serves it. */
  readonly shares: readonly (MachineShare & { readonly descriptor: number })[];
  /** What the `/dev/fdset/N` of disks and USB devices stand for. */
  readonly sets: readonly DescriptorSet[];
  /** Path of the unix socket on which QEMU is to serve its screen by VNC; it makes the socket itself. Missing: nobody sees it. */
  readonly vnc?: string;
  readonly channels: ChannelDescriptors | MuteChannels;
  /** Descriptor of the connection to the emulated TPM, when there is one. */
  readonly tpm?: number;
  /** The user's own arguments. */
  readonly raw: readonly string[];
}

export interface DescriptorSet {
  readonly set: number;
  readonly descriptor: number;
  /** By which the set is found again. */
  readonly label: string;
}

/** The arguments of qemu-system-x86_64. */
export function qemuArguments(vm: MachineDescription): string[] {
  return [
    ...hygiene(vm),
    ...board(vm),
    ...bootArguments(vm.boot),
    ...portArguments(vm.ports),
    ...vm.sets.flatMap(({ set, descriptor, label }) => ["-add-fd", `fd=${descriptor},set=${set},opaque=${label}`]),
    ...(vm.scsiBus !== undefined || vm.disks.some(({ bus }) => bus === "virtio-scsi")
      ? deviceArguments(scsiController(vm.scsiBus))
      : []),
    ...vm.disks.flatMap(diskArguments),
    ...vm.nics.flatMap((nic) => nicArguments(nic, nic.descriptor)),
    ...vm.shares.flatMap((share) => shareArguments(share, share.descriptor)),
    ...["-object", "rng-random,id=rng0,filename=/dev/urandom", "-device", `virtio-rng-pci,rng=rng0,addr=${slots.rng}`],
    ...(vm.room ? growthArguments(vm.room, vm.more ?? 0, vm.backing.kind === "shared") : []),
    ...screenArguments(vm.vnc),
    ...vm.functions.flatMap(functionDevices).flatMap(deviceArguments),
    ...vm.usb.map(usbDevice).flatMap(deviceArguments),
    ...channelArguments(vm.channels),
    ...(vm.tpm === undefined ? [] : tpmArguments(vm.tpm)),
    ...["-device", `vmgenid,guid=${vm.generation}`],
    ...firmwareStrings(vm),
    ...(vm.incoming ? ["-incoming", "defer", "-S"] : []),
    ...vm.raw,
  ];
}

function hygiene({ id }: MachineDescription): string[] {
  return [
    ...["-name", `guest=lodge-${id},debug-threads=on`],
    ...["-nodefaults", "-no-user-config"],
    ...["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"],
    ...["-msg", "timestamp=on"],
    // QEMU notes by itself why a run ended: exit-report.ts reads it, also when no daemon ran at that moment.
    ...["-trace", "qemu_system_shutdown_request", "-trace", "runstate_set"],
    // A reboot ends QEMU and the core starts it anew: only then is a kernel that the guest installed taken up.
    ...["-action", "reboot=shutdown"],
  ];
}

function board(vm: MachineDescription): string[] {
  const { machine, processor, memory, backing, room, uuid, boot, localTime } = vm;
  const { options, more } = firmwareMachine(boot);
  return [
    ...["-machine", `${machine},usb=off,vmport=off${memoryMachine(vm.merge)}${options}`, ...more],
    // A guest that sent itself to sleep would not wake up again.
    ...["-global", "ICH9-LPC.disable_s3=1"],
    ...processorArguments({ ...processor, ...(room && { most: room.cpus }) }),
    ...memoryArguments(memory, backing, room?.reserve),
    ...["-uuid", uuid],
    ...["-rtc", `base=${localTime ? "localtime" : "utc"}`],
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
