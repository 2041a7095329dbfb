/** System calls that no guest gets. All others are allowed: an operating system uses nearly all of them. */

/** They change the host as a whole or are a wide way into its kernel; their privileges are missing anyway in a user namespace. */
const forbidden = [
  "acct",
  "bpf",
  "clock_adjtime",
  "clock_settime",
  "create_module",
  "delete_module",
  "finit_module",
  "get_kernel_syms",
  "init_module",
  "ioperm",
  "iopl",
  "kexec_file_load",
  "kexec_load",
  "lookup_dcookie",
  "nfsservctl",
  "open_by_handle_at",
  "perf_event_open",
  "query_module",
  "quotactl",
  "quotactl_fd",
  "settimeofday",
  "stime",
  "swapoff",
  "swapon",
  "sysfs",
  "_sysctl",
  "uselib",
  "userfaultfd",
  "ustat",
  "vm86",
  "vm86old",
];

/** Programs fall back when these seem not to exist. */
const absent = ["io_uring_setup", "io_uring_enter", "io_uring_register"];

/**
 * What makes subvolumes and snapshots of btrfs, from `linux/btrfs.h`. One inside of a root would escape its size limit, and would be
 * missing in its snapshots. systemd, which makes some where it can, makes directories instead.
 */
const makesSubvolumes = [0x5000_940e, 0x5000_9418, 0x5000_9401, 0x5000_9417];

const EPERM = 1;
const ENOTTY = 25;
const ENOSYS = 38;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

const architectures: Readonly<Record<string, readonly string[]>> = {
  x64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
};

/** The seccomp section of an OCI configuration. `architecture` as Node names it; calls of another one than these end the process. */
export function seccompProfile(architecture: string) {
  return {
    defaultAction: "SCMP_ACT_ALLOW",
    architectures: architectures[architecture] ?? [],
    syscalls: [
      { names: forbidden, action: "SCMP_ACT_ERRNO", errnoRet: EPERM },
      { names: absent, action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
      ...makesSubvolumes.map((request) => forbidRequest(request, ENOTTY)),
      // Typing into a terminal that somebody on the host reads, or into the host's own console.
      ...[TIOCSTI, TIOCLINUX].map((request) => forbidRequest(request, EPERM)),
    ],
  } as const;
}

function forbidRequest(request: number, errno: number) {
  return {
    names: ["ioctl"],
    action: "SCMP_ACT_ERRNO",
    errnoRet: errno,
    args: [{ index: 1, value: 0xffff_ffff, valueTwo: request, op: "SCMP_CMP_MASKED_EQ" }],
  } as const;
}
