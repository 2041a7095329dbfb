/** Texts that make a disk boot: GRUB's configurations, fstab. Pure. */

export interface BootIdentity {
  readonly rootUuid: string;
  readonly bootUuid: string;
  /** `1234-ABCD` */
  readonly espId: string;
}

export interface KernelFiles {
  /** `6.1.0-50-cloud-amd64` */
  readonly version: string;
  /** File names in the boot partition. */
  readonly kernel: string;
  readonly initrd: string;
}

export interface BootSettings {
  readonly title: string;
  readonly timeout: number;
  readonly cmdline: string;
  readonly serial: string;
}

export function kernelCmdline(identity: BootIdentity, settings: BootSettings): string {
  return `root=UUID=${identity.rootUuid} ro ${always(settings)} ${settings.cmdline}`.trim();
}

/**
 * Both the screen and the serial line show the boot; the serial line, named last, becomes /dev/console. The kernel's test whether the
 * timer ticks has nothing to find in a virtual machine, and on a host that is busy it panics: "IO-APIC + timer doesn't work!".
 */
function always(settings: BootSettings): string {
  return `console=tty0 console=${settings.serial},115200 no_timer_check`;
}

/** /boot/grub/grub.cfg in the form that update-grub writes, with one entry. update-grub in the guest replaces it. */
export function grubConfig(identity: BootIdentity, kernel: KernelFiles, settings: BootSettings): string {
  return `# The image's first boot menu. update-grub writes a new one.
set default=0
set timeout=${settings.timeout}
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
insmod part_gpt
insmod ext2
insmod gzio

menuentry '${settings.title}' --class gnu-linux --class os $menuentry_id_option 'gnulinux-simple-${identity.rootUuid}' {
	search --no-floppy --fs-uuid --set=root ${identity.bootUuid}
	linux	/${kernel.kernel} ${kernelCmdline(identity, settings)}
	initrd	/${kernel.initrd}
}
`;
}

/** What the boot loader's own image does first: finds the boot partition on whatever disk it is. */
export function earlyGrubConfig(identity: BootIdentity): string {
  return `search --no-floppy --fs-uuid --set=root ${identity.bootUuid}\nset prefix=($root)/grub\n`;
}

/** The signed EFI GRUB's first file: hands over to the boot partition's menu. */
export function efiGrubConfig(identity: BootIdentity): string {
  return `${earlyGrubConfig(identity)}configfile $prefix/grub.cfg\n`;
}

/** Settings for update-grub in the guest, equal to the first menu's. */
export function grubDefaults(settings: BootSettings): string {
  return `# The settings of the image's first boot menu.
GRUB_TIMEOUT=${settings.timeout}
GRUB_CMDLINE_LINUX="${always(settings)}"
GRUB_CMDLINE_LINUX_DEFAULT="${settings.cmdline}"
GRUB_DISABLE_OS_PROBER=true
`;
}

/**
 * The boot partitions are mounted when /boot is first used. Lodge boots the kernel directly as long as nobody wrote to
 * them, and mounting a file system writes.
 */
export function fstab(identity: BootIdentity): string {
  return `UUID=${identity.rootUuid} / ext4 defaults,errors=remount-ro 0 1
UUID=${identity.bootUuid} /boot ext4 noauto,x-systemd.automount 0 2
UUID=${identity.espId} /boot/efi vfat noauto,umask=0077 0 0
`;
}
