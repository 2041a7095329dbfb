import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { InstanceSpec, KeptState, StateRequest } from "@lodge/core";
import type { Bench } from "./bench.ts";

/** A state of a run, and the disk that goes with it. */
export interface Kept extends KeptState {
  readonly path: string;
  /** Nobody writes to it any more. */
  readonly sealed: string;
  /** Milliseconds that it took to keep it. */
  readonly took: number;
}

/** What a pool does for kept states, with files in a bench's directory. */
export class KeptStates {
  readonly #bench: Bench;
  #names = 0;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** What was the top is sealed, and everybody who stands on it has an empty file of their own. */
  overlayOn(sealed: string, { ids }: Pick<InstanceSpec, "ids">): string {
    const overlay = join(this.#bench.root, `overlay${++this.#names}.qcow2`);
    execFileSync("qemu-img", ["create", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", sealed, overlay, "2G"]);
    chownSync(overlay, ids.base, ids.base);
    return overlay;
  }

  /** `moment` is called while the guest stands still. */
  async keep(from: InstanceSpec, more: Pick<StateRequest, "form" | "afterwards">, moment?: () => void): Promise<Kept> {
    const { driver, root } = this.#bench;
    const path = join(root, `state${++this.#names}`);
    mkdirSync(path, { mode: 0o700 });
    const { disk } = driver.liveRoot(from.id);
    const sealed = (await disk?.top()) ?? "";
    const overlay = this.overlayOn(sealed, from);
    const still = async () => {
      moment?.();
      await disk?.switchTo(overlay, sealed);
    };
    const request = { directory: path, still, ...more };
    const begun = performance.now();
    const kept = await driver.saveState(from.id, request, () => undefined, new AbortController().signal);
    const took = performance.now() - begun;
    chmodSync(sealed, 0o444);
    return { ...kept, path, sealed, took };
  }
}
