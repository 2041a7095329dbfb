/** Room that a pool puts by: what is removed must be noted first, also where the file system is full of what is to be removed. */
import { rm } from "node:fs/promises";
import { isNoSpace } from "@lodge/api/errors";
import { allocate } from "../../../system/allocate.ts";

const bytes = 2 ** 20;

export class RoomForRemoval {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Idempotent. Where there is no room, there is none put by. */
  putBy(): void {
    allocate(this.#file, bytes);
  }

  /** Runs a write of a few bytes, which may be repeated. */
  async lend<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      await rm(this.#file, { force: true });
      try {
        return await write();
      } finally {
        this.putBy();
      }
    }
  }
}
