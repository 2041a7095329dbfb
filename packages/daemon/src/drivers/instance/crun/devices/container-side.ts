/** The container's side of its devices: bringing them from its device directory to where they are used, and taking them away. */
import { constants, openSync } from "node:fs";
import { lstat, readFile, unlink } from "node:fs/promises";
import { posix } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { mountInside, moveMountInside, unmountInside } from "../../../../system/mount-namespace.ts";
import { openMountPoint } from "../../../../system/mount-point.ts";
import type { MountEntry } from "../../../../system/mountinfo.ts";
import { isAlive, type ProcessIdentity } from "../../../../system/process.ts";
import { errnoName, reasonOf } from "../../../../system/rooted-errors.ts";
import {
  Handle,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  openInRoot,
  openRoot,
  type Root,
} from "../../../../system/rooted-open.ts";
import { answersByItself, mountsOfInit } from "../container-files.ts";
import type { Offer } from "./offer.ts";
import { broughtMounts, inside, mountsOf, type Placed } from "./placed.ts";

export interface ContainerPlace {
  readonly init: ProcessIdentity;
  readonly ids: { readonly base: number } | undefined;
  /** See RunRecord. */
  readonly procView?: string;
}

/** A container, as seen by its init. Every handle is of the container itself, whatever becomes of its pid. */
export class ContainerSide implements Disposable {
  readonly #init: ProcessIdentity;
  readonly #namespace: Handle;
  readonly #root: Handle;
  /** Host id of the container's root. */
  readonly #owner: number;

  readonly #procView: string | undefined;

  private constructor({ init, ids, procView }: ContainerPlace) {
    this.#init = init;
    this.#owner = ids?.base ?? 0;
    this.#procView = procView;
    this.#namespace = new Handle(openSync(`/proc/${init.pid}/ns/mnt`, constants.O_RDONLY));
    this.#root = openRoot(`/proc/${init.pid}/root`, true).handle;
  }

  /** Throws `instance_not_ready` when its init has ended. */
  static async open(place: ContainerPlace): Promise<ContainerSide> {
    let side: ContainerSide | undefined;
    try {
      side = new ContainerSide(place);
      // What was opened before is of this process, and of no later one.
      if (await isAlive(place.init)) return side;
    } catch (error) {
      if (errnoName(error) !== "ENOENT") throw error;
    }
    side?.[Symbol.dispose]();
    throw new LodgeError({ code: "instance_not_ready", message: "The container's init has just ended." });
  }

  async mounts(): Promise<MountEntry[]> {
    return mountsOfInit(this.#init.pid, this.#procView);
  }

  /** Mounts a placed offer over its target, which is made when it is missing. */
  async bring(offer: Offer, placed: Placed): Promise<void> {
    try {
      const mounts = await this.mounts();
      const name = `${inside}/${offer.name}`;
      using source = await openInRoot(this.#rootFor(name, mounts), name, O_PATH | O_NOFOLLOW).catch(() => {
        throw takenAway(offer);
      });
      if (!(await isOn(source, sourcesOf(placed, mounts)))) throw takenAway(offer);
      const kind = offer.kind === "directory" ? "directory" : "file";
      const root = this.#rootFor(offer.target, mounts);
      using target = await openMountPoint({ root, path: offer.target, kind, owner: this.#owner });
      if (placed.kind === "node") mountInside(this.#namespace, source, target);
      else moveMountInside(this.#namespace, source, target);
    } catch (error) {
      throw plugFailed(`${offer.target} of device "${offer.name}"`, error);
    }
  }

  /** Takes an offer away from wherever the container has it. Fails when it is used. */
  async takeAway(placed: Placed): Promise<void> {
    const mounts = await this.mounts();
    for (const mount of broughtMounts(placed, mounts)) {
      try {
        using parent = await this.#unmount(mount, mounts);
        if (placed.kind === "node") await removeEmptyFile(`${parent.path}/${posix.basename(mount.target)}`);
      } catch (error) {
        throw plugFailed(`${mount.target} of device "${placed.name}"`, error);
      }
    }
  }

  /** Returns the directory in which it was mounted. */
  async #unmount(mount: MountEntry, mounts: readonly MountEntry[]): Promise<Handle> {
    const { target } = mount;
    const root = this.#rootFor(target, mounts);
    const top = await openInRoot(root, target, O_PATH);
    const isTop = await isOn(top, [mount]);
    top[Symbol.dispose]();
    const parent = await openInRoot(root, posix.dirname(target), O_PATH | O_DIRECTORY);
    try {
      if (!isTop || !(await isOn(parent, mounts.filter(answersByItself)))) throw covered(mount);
      unmountInside(this.#namespace, parent, posix.basename(target));
      return parent;
    } catch (error) {
      parent[Symbol.dispose]();
      throw error;
    }
  }

  /** A path may lead only through file systems that answer by themselves. Where the guest has others, symlinks could lead into them. */
  #rootFor(path: string, mounts: readonly MountEntry[]): Root {
    if (mounts.every(answersByItself)) return { handle: this.#root, crossMounts: true };
    const above = mounts.filter(({ target }) => target === "/" || `${path}/`.startsWith(`${target}/`));
    return { handle: this.#root, crossMounts: above.every(answersByItself), symlinks: false };
  }

  [Symbol.dispose](): void {
    this.#namespace[Symbol.dispose]();
    this.#root[Symbol.dispose]();
  }
}

/** The mounts of the container on which a placed offer is found where it lies. */
function sourcesOf(placed: Placed, mounts: readonly MountEntry[]): MountEntry[] {
  if (placed.kind === "tree") return mountsOf(placed, mounts);
  return mounts.filter(({ device, root }) => device === placed.fileSystem && root === "/");
}

async function isOn(handle: Handle, mounts: readonly MountEntry[]): Promise<boolean> {
  const id = await mountId(handle);
  return mounts.some((mount) => mount.id === id);
}

/** What a node was mounted on. */
async function removeEmptyFile(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() && found.size === 0) await unlink(path);
}

async function mountId(handle: Handle): Promise<number> {
  return Number(/^mnt_id:\s*(\d+)$/m.exec(await readFile(`/proc/self/fdinfo/${handle.fd}`, "utf8"))?.[1]);
}

function covered({ target }: MountEntry): LodgeError {
  return new LodgeError({ code: "device_plug_failed", message: `Something else is mounted over ${target} inside.` });
}

function takenAway(offer: Offer): LodgeError {
  return new LodgeError({
    code: "device_plug_failed",
    message: `Device "${offer.name}": the container has changed its ${inside}; restart it.`,
  });
}

function plugFailed(what: string, error: unknown): LodgeError {
  if (error instanceof LodgeError) return error;
  const reason =
    errnoName(error) === "EBUSY" ? "it is in use inside; end what uses it, or stop the instance" : reasonOf(error);
  return new LodgeError({ code: "device_plug_failed", message: `${what}: ${reason}.`, cause: error });
}
