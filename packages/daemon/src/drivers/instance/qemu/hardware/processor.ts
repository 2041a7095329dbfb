export interface Processor {
  readonly accelerator: "kvm" | "tcg";
  readonly cpus: number;
}

/** MiB of translated code that TCG keeps: enough for a booting Debian, small beside the guest's memory. */
const translationCache = 128;

export function processorArguments({ accelerator, cpus }: Processor): string[] {
  return [
    ...(accelerator === "kvm"
      ? ["-accel", "kvm", "-cpu", "host"]
      : ["-accel", `tcg,thread=multi,tb-size=${translationCache}`, "-cpu", "max"]),
    ...["-smp", `cpus=${cpus},sockets=1,cores=${cpus},threads=1`],
  ];
}
