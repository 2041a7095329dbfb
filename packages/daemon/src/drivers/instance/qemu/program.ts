import { LodgeError } from "@lodge/api/errors";
import { run } from "../../../system/run.ts";
import { chooseMachineType, parseQ35Types, parseQemuVersion } from "./machine-types.ts";

/** The installed QEMU. What it says of itself is asked once in a daemon's life. */
export class QemuProgram {
  readonly file: string;
  #machineTypes: Promise<string[]> | undefined;

  constructor(file = "qemu-system-x86_64") {
    this.file = file;
  }

  async version(): Promise<string> {
    return parseQemuVersion(await run(this.file, ["-version"]));
  }

  /** The machine type for an instance that first started with `recorded`. */
  async machineType(recorded: string | undefined): Promise<string> {
    this.#machineTypes ??= run(this.file, ["-machine", "help"]).then(parseQ35Types);
    const known = await this.#machineTypes.catch((error: unknown) => {
      this.#machineTypes = undefined;
      throw error;
    });
    const machine = chooseMachineType(known, recorded);
    if (machine !== undefined) return machine;
    throw new LodgeError({ code: "host_unsupported", message: `${this.file} has no q35 machine type.` });
  }
}
