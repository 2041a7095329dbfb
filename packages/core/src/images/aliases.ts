import { type Alias, type AliasCreate, type AliasPut, type InstanceType, LodgeError } from "@lodge/api";
import type { EventBus } from "../events/bus.ts";
import type { AliasRecord } from "../store.ts";
import type { ProjectImages } from "./of-project.ts";
import { ImageRecords, renderAlias } from "./records.ts";

const aliasUrl = (name: string): string => `/1.0/images/aliases/${name}`;

/** The names of images. One name may stand for a container image and a VM image of the same system. */
export class ImageAliases {
  readonly #store: ProjectImages;
  readonly #events: EventBus;
  readonly #records: ImageRecords;
  readonly #project: string;

  constructor(store: ProjectImages, events: EventBus, project: string) {
    this.#store = store;
    this.#project = project;
    this.#events = events;
    this.#records = new ImageRecords(store);
  }

  async list(): Promise<Alias[]> {
    return (await this.#store.aliases.list()).map(renderAlias);
  }

  async get(name: string, type?: InstanceType): Promise<Alias> {
    return renderAlias(await this.#find(name, type));
  }

  async add(request: AliasCreate): Promise<void> {
    const { type, fingerprint } = await this.#records.byFingerprint(request.target);
    await this.refuseTaken(request.name, type);
    await this.point({ name: request.name, type, fingerprint, description: request.description });
  }

  /** Adds an alias or takes it over from another image. */
  async point(alias: AliasRecord): Promise<void> {
    await this.#store.aliases.put(alias);
    this.#events.lifecycle("image-alias-created", aliasUrl(alias.name), {}, this.#project);
  }

  /** `change` is given the alias as it is. `image_type_mismatch` where it is to name an image of the other type. */
  async update(name: string, type: InstanceType | undefined, change: (alias: Alias) => AliasPut): Promise<void> {
    const found = await this.#find(name, type);
    const { description = found.description, target = found.fingerprint } = change(renderAlias(found));
    const image = await this.#records.byFingerprint(target);
    if (image.type !== found.type)
      throw new LodgeError({
        code: "image_type_mismatch",
        message: `Image alias "${found.name}" is that of a ${found.type} image, and ${image.fingerprint.slice(0, 12)} is a ${image.type} image; add the alias for that one as well.`,
      });
    await this.#store.aliases.put({ ...found, description, fingerprint: image.fingerprint });
    this.#events.lifecycle("image-alias-updated", aliasUrl(found.name), {}, this.#project);
  }

  async rename(name: string, type: InstanceType | undefined, newName: string): Promise<void> {
    const found = await this.#find(name, type);
    await this.refuseTaken(newName, found.type);
    await this.#store.atomically(async ({ aliases }) => {
      await aliases.remove({ name: found.name, type: found.type });
      await aliases.put({ ...found, name: newName });
    });
    this.#events.lifecycle("image-alias-renamed", aliasUrl(newName), { old_name: found.name }, this.#project);
  }

  /** Without a type: the one that `get` gives then. */
  async remove(name: string, type?: InstanceType): Promise<void> {
    const found = await this.#find(name, type);
    await this.#store.aliases.remove({ name: found.name, type: found.type });
    this.#events.lifecycle("image-alias-deleted", aliasUrl(found.name), {}, this.#project);
  }

  /** Before an upload's type is known: refuses a name that is taken whichever type it is. */
  async refuseFull(name: string): Promise<void> {
    const [first, second] = await this.#records.aliases(name);
    if (first && second) throw taken(name, first.type);
  }

  /** `fingerprint`: that the alias is this image's already is no hindrance. */
  async refuseTaken(name: string, type: InstanceType, fingerprint?: string): Promise<void> {
    const holder = (await this.#records.aliases(name)).find((alias) => alias.type === type);
    if (holder && holder.fingerprint !== fingerprint) throw taken(name, type);
  }

  async #find(name: string, type: InstanceType | undefined): Promise<AliasRecord> {
    const found = (await this.#records.called(name)).find((alias) => type === undefined || alias.type === type);
    if (found) return found;
    throw new LodgeError({
      code: "alias_not_found",
      message: `Image alias "${name}" does not exist; "lodge image list" shows those that do.`,
    });
  }
}

function taken(name: string, type: InstanceType): LodgeError {
  return new LodgeError({
    code: "alias_exists",
    message: `Image alias "${name}" is taken by a ${type} image; remove it first ("lodge image alias remove ${name}").`,
  });
}
