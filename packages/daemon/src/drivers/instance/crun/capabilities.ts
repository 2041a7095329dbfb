/**
 * What a whole operating system's root needs inside its own namespaces. Not in the list, because they reach beyond
 * them: SYS_MODULE, SYS_RAWIO, SYS_TIME, SYSLOG, SYS_PACCT, MAC_ADMIN, MAC_OVERRIDE, WAKE_ALARM, BLOCK_SUSPEND, BPF,
 * PERFMON, CHECKPOINT_RESTORE, AUDIT_READ. In the kernel's order, which gives the bit of each.
 */
const bits: Readonly<Record<string, number>> = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_DAC_READ_SEARCH: 2,
  CAP_FOWNER: 3,
  CAP_FSETID: 4,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SETPCAP: 8,
  CAP_LINUX_IMMUTABLE: 9,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_BROADCAST: 11,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_IPC_LOCK: 14,
  CAP_IPC_OWNER: 15,
  CAP_SYS_CHROOT: 18,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_BOOT: 22,
  CAP_SYS_NICE: 23,
  CAP_SYS_RESOURCE: 24,
  CAP_SYS_TTY_CONFIG: 26,
  CAP_MKNOD: 27,
  CAP_LEASE: 28,
  CAP_AUDIT_WRITE: 29,
  CAP_AUDIT_CONTROL: 30,
  CAP_SETFCAP: 31,
};

/** The capabilities of init and of `exec`. A privileged container gets no more than the daemon has (`bounding`: CapBnd of /proc/self/status). */
export function containerCapabilities(bounding: bigint | undefined): string[] {
  return Object.entries(bits).flatMap(([name, bit]) =>
    bounding === undefined || (bounding >> BigInt(bit)) & 1n ? [name] : [],
  );
}
