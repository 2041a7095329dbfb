export interface TpmProcess {
  /** Where its state is. */
  readonly directory: string;
  /** Descriptor of a socket that QEMU has the other end of. */
  readonly control: number;
  /** Descriptor. */
  readonly log: number;
}

/** The arguments of swtpm. Its own seccomp filter is on unless told otherwise. */
export function swtpmArguments({ directory, control, log }: TpmProcess): string[] {
  return [
    ...["socket", "--tpm2"],
    ...["--ctrl", `type=unixio,clientfd=${control}`],
    ...["--tpmstate", `dir=${directory},mode=0600`],
    ...["--log", `fd=${log},level=1`],
    "--terminate",
  ];
}

/** What of QEMU's arguments makes the machine have it; `descriptor` is that of its connection. */
export function tpmArguments(descriptor: number): string[] {
  return [
    ...["-chardev", `socket,id=tpm,fd=${descriptor}`],
    ...["-tpmdev", "emulator,id=tpm0,chardev=tpm"],
    ...["-device", "tpm-crb,tpmdev=tpm0,id=tpm-device"],
  ];
}
