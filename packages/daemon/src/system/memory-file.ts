import { closeSync, ftruncateSync } from "node:fs";
import { declare } from "./libc.ts";
import { run } from "./run.ts";

const memfdCreate = declare<[string, number]>("int memfd_create(const char *name, unsigned int flags)");
const fcntl = declare<[number, number, number]>("int fcntl(int fd, int command, int argument)");

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
const F_SEAL_SEAL = 1;
const F_SEAL_SHRINK = 2;
const F_SEAL_GROW = 4;
const F_SEAL_WRITE = 8;

/** Makes a file of zeros that lies in the host's memory and has no name, and returns its descriptor, close-on-exec. It goes with its last user. */
export function createMemoryFile(name: string, size: number): number {
  const descriptor = memfdCreate(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  try {
    ftruncateSync(descriptor, size);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** From now on nobody, root included, changes its content or size. Throws EBUSY while somebody has it mapped for writing. */
export function sealMemoryFile(descriptor: number): void {
  fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

/** Gives back the memory of pages of zeros: whoever reads them finds zeros all the same. Nobody may write to the file meanwhile. */
export async function digHoles(descriptor: number): Promise<void> {
  await run("fallocate", ["--dig-holes", `/proc/${process.pid}/fd/${descriptor}`], { timeout: 600_000 });
}
