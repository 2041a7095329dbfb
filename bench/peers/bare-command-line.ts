/** Lodge's QEMU command line for whoever has no Lodge: the same machine, with files and sockets of one's own. */
export interface BareMachine {
  /** What the command line names and what stands in its place: Lodge's disk and one's own. */
  readonly replacements: ReadonlyMap<string, string>;
  /** Where the sockets of its channels are made: by the channel's name, `qmp`, `agent`, `ssh`. */
  readonly directory: string;
  /** Name of a tap that is there already. Default: its nic has a cable that leads nowhere. */
  readonly tap?: string | undefined;
}

/** `args`: those of qemu-system-*, without the program. */
export function bareCommandLine(args: readonly string[], machine: BareMachine): string[] {
  return pairs(args).flatMap(([option, value]) => {
    if (value === undefined) return [option];
    // Descriptors are the daemon's.
    if (option === "-add-fd") return [];
    return [option, valueOf(option, value, machine)];
  });
}

/** Options with their values; some have none. */
function pairs(args: readonly string[]): [string, string | undefined][] {
  const found: [string, string | undefined][] = [];
  for (let index = 0; index < args.length; index++) {
    const [option = "", value] = args.slice(index);
    const has = value !== undefined && !value.startsWith("-");
    found.push([option, has ? value : undefined]);
    if (has) index++;
  }
  return found;
}

function valueOf(option: string, value: string, { replacements, directory, tap }: BareMachine): string {
  const id = /(?:^|,)id=([^,]+)/.exec(value)?.[1] ?? "";
  switch (option) {
    case "-netdev":
      // Without a tap the guest has the same nic, and nobody answers it.
      return tap === undefined ? `hubport,id=${id},hubid=0` : `tap,id=${id},ifname=${tap},script=no,downscript=no`;
    case "-chardev":
      return `socket,id=${id},path=${directory}/${id},server=on,wait=off`;
    case "-vnc":
      return `unix:${directory}/vnc,share=ignore`;
    default:
      return [...replacements].reduce((text, [theirs, ours]) => text.replaceAll(theirs, ours), value);
  }
}
