const SIGUSR2 = 12;
const SIGPWR = 30;
/** SIGRTMIN + 3, as glibc counts. */
const SIGRTMIN_3 = 37;

/** The signal that makes an init power off. `command`: /proc/PID/comm; `executable`: where its /proc/PID/exe points. */
export function haltSignal(command: string, executable: string): number {
  if (command === "systemd" || executable.endsWith("/systemd")) return SIGRTMIN_3;
  if (executable.endsWith("/busybox")) return SIGUSR2;
  return SIGPWR; // sysvinit, OpenRC
}
