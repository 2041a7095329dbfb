import { LodgeError } from "@lodge/api/errors";
import { findProgram } from "../../../system/find-program.ts";
import { run } from "../../../system/run.ts";
import { chooseMachineType, parseQ35Types, parseQemuVersion } from "./machine-types.ts";

/** The installed QEMU. What it says of itself is asked once of each file that it was: to start it takes longer than to fork a machine. */
export class QemuProgram {
  readonly file: string;
  #machineTypes: Promise<string[]> | undefined;
  #version: { readonly of: string; readonly said: string } | undefined;

  constructor(file = "qemu-system-x86_64") {
    this.file = file;
  }

  async version(): Promise<string> {
    const of = await findProgram(this.file);
    if (of !== undefined && this.#version?.of === of) return this.#version.said;
    const said = parseQemuVersion(await run(this.file, ["-version"]));
    this.#version = of === undefined ? undefined : { of, said };
    return said;
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
