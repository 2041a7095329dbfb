/** The Debian packages that Lodge needs on the host, and what for. */

/**
 * @typedef {object} HostPackage
 * @property {string} name
 * @property {string} why
 * @property {"x64" | "arm64"} [only] Needed on this architecture alone.
 * @property {string} [on] Needed on this distribution alone.
 * @property {string} [notOn] Part of another package on this one: `debian 12`.
 */

/** @type {readonly HostPackage[]} */
export const hostPackages = [
  { name: "qemu-system-x86", why: "runs virtual machines", only: "x64" },
  { name: "seabios", why: "BIOS firmware of virtual machines", only: "x64" },
  { name: "ovmf", why: "UEFI firmware of virtual machines", only: "x64" },
  { name: "qemu-system-arm", why: "runs virtual machines", only: "arm64" },
  { name: "qemu-efi-aarch64", why: "UEFI firmware of virtual machines", only: "arm64" },
  { name: "virtiofsd", why: "directories and volumes in virtual machines", notOn: "debian 12" },
  { name: "swtpm", why: "TPMs of virtual machines" },
  { name: "btrfs-progs", why: "storage pools on btrfs" },
  { name: "rsync", why: "moving containers between storage pools" },
  { name: "qemu-utils", why: "virtual disks (qemu-img)" },
  { name: "crun", why: "runs containers" },
  { name: "conmon", why: "keeps containers' consoles and exit statuses while the daemon is away" },
  { name: "lxcfs", why: "memory and processors in containers' /proc are those that they may have" },
  { name: "dnsmasq-base", why: "addresses and names on managed networks" },
  { name: "nftables", why: "address translation and spoofing filters" },
  { name: "iproute2", why: "network interfaces and namespaces" },
  { name: "kmod", why: "loads the kernel's overlay, tun and kvm modules where they are modules" },
  { name: "util-linux", why: "namespaces and mounts (nsenter, unshare, setpriv)" },
  { name: "mount", why: "mounts root file systems" },
  { name: "socat", why: "consoles of containers, and giving addresses back" },
  { name: "mmdebstrap", why: "builds the Debian images" },
  { name: "debian-archive-keyring", why: "checks the signatures of Debian's archive", on: "ubuntu" },
  { name: "squashfs-tools", why: "packs and unpacks container images" },
  { name: "tar", why: "packs and unpacks image archives" },
  { name: "xz-utils", why: "compressed image archives (xz)" },
  { name: "zstd", why: "compressed image archives (zstd)" },
  { name: "fdisk", why: "partitions the disks of VM images (sfdisk)" },
  { name: "e2fsprogs", why: "makes the file systems of VM images (mke2fs)" },
  { name: "dosfstools", why: "makes the EFI partition of VM images and the disk for cloud-init (mkfs.vfat)" },
  { name: "mtools", why: "fills them (mcopy)" },
  { name: "gpgv", why: "signatures of lists of images, where keys are given" },
  { name: "openssl", why: "certificates of the server and of clients, for HTTPS" },
  { name: "ca-certificates", why: "HTTPS to the distribution mirrors" },
];

/** @type {readonly HostPackage[]} What the tests need beside them. */
export const testPackages = [
  { name: "busybox", why: "DHCP client and programs of small test roots" },
  { name: "iputils-ping", why: "pings between instances" },
  { name: "gpg", why: "signs lists of images" },
  { name: "tesseract-ocr", why: "reads the screens of guests" },
  { name: "xorriso", why: "ISOs to boot guests from" },
  { name: "iptables", why: "chains as Docker makes them" },
  { name: "openssh-client", why: "SFTP as users have it" },
  { name: "zsh", why: "completion of commands, as users have it" },
  { name: "fish", why: "completion of commands, as users have it" },
  { name: "chromium", why: "the web console as users have it", on: "debian" },
  { name: "lxd-client", why: "LXD's own client, by HTTPS and by the socket", on: "debian" },
];

/** @type {readonly HostPackage[]} What `npm run bench` needs beside what Lodge needs. */
export const benchPackages = [
  { name: "iptables", why: "what Docker makes its network of" },
  { name: "openssh-client", why: "commands in a guest by its network" },
];

/**
 * The packages that this system needs.
 * @param {import("./os.mjs").HostSystem} system
 * @param {readonly HostPackage[]} [packages] Of these; default: what Lodge needs.
 */
export function packagesFor(system, packages = hostPackages) {
  return packages.filter(
    (entry) =>
      (!entry.only || entry.only === system.architecture) &&
      (!entry.on || entry.on === system.id) &&
      entry.notOn !== `${system.id} ${system.version}`,
  );
}
