import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { UsbDevice } from "@lodge/core";
import { blockUse } from "../../../../system/block-use.ts";
import { findUsbNodes, type HostNode } from "../../../../system/host-devices.ts";

/** The open node of a USB device, until QEMU has it. */
export interface UsbFile {
  /** Of the device in the configuration. */
  readonly name: string;
  readonly index: number;
  /** What the kernel calls it: `1-4.2`. */
  readonly port: string;
  readonly descriptor: number;
}

/** Those of the devices that are on the host now: QEMU has no right to open them itself. */
export class UsbFiles implements AsyncDisposable {
  readonly all: UsbFile[] = [];
  readonly #open: FileHandle[] = [];

  /** `device_source_invalid`, `device_source_busy`. */
  static async open(devices: readonly UsbDevice[], sys = "/sys"): Promise<UsbFiles> {
    const files = new UsbFiles();
    try {
      for (const device of devices) await files.#add(device, await findUsbNodes(device, sys), sys);
      return files;
    } catch (error) {
      await files[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #add({ name, required }: UsbDevice, nodes: readonly HostNode[], sys: string): Promise<void> {
    if (nodes.length === 0 && required) throw invalid(name, "the host has no such USB device");
    for (const [index, { path, directory }] of nodes.entries()) {
      const use = await blockUse(directory, sys);
      if (use) throw new LodgeError({ code: "device_source_busy", message: `Device "${name}": ${path} ${use}.` });
      try {
        const file = await open(path, constants.O_RDWR);
        this.#open.push(file);
        this.all.push({ name, index, port: basename(directory), descriptor: file.fd });
      } catch (error) {
        throw invalid(
          name,
          `${path} cannot be opened: ${error instanceof Error ? error.message : String(error)}`,
          error,
        );
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#open) await file.close();
  }
}

function invalid(name: string, problem: string, cause?: unknown): LodgeError {
  return new LodgeError({ code: "device_source_invalid", message: `Device "${name}": ${problem}.`, cause });
}
