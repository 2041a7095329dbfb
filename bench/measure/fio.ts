/** What `fio` is asked to do with a disk. */
export interface DiskJob {
  readonly figure: string;
  readonly rw: string;
  readonly block: string;
  /** The whole file, or a part of it here and there. */
  readonly all: boolean;
}

export const diskJobs: readonly DiskJob[] = [
  { figure: "write, one after the other", rw: "write", block: "1M", all: true },
  { figure: "read, one after the other", rw: "read", block: "1M", all: true },
  { figure: "write 4 KiB here and there", rw: "randwrite", block: "4k", all: false },
  { figure: "read 4 KiB here and there", rw: "randread", block: "4k", all: false },
];

/** MiB: of the file, and what is read and written here and there in it. */
export interface DiskWork {
  readonly file: number;
  readonly random: number;
}

/** Past the cache of files, and all on the disk at the end. */
export function fioArguments({ rw, block, all }: DiskJob, path: string, { file, random }: DiskWork): string[] {
  const what = [`--rw=${rw}`, `--bs=${block}`, `--size=${file}M`, `--io_size=${all ? file : random}M`];
  return ["--name=bench", `--filename=${path}`, ...what, "--direct=1", "--ioengine=psync", "--end_fsync=1", "--thread"];
}
