import type { Readable } from "node:stream";
import type { BackupCompression, BackupCreate, Devices } from "@lodge/api";
import type { Rest } from "./rest.ts";
import type { RunningOperation } from "./running-operation.ts";

export interface BackupOptions {
  /** Leaves the snapshots out. */
  readonly withoutSnapshots?: boolean;
  /** A snapshot of a virtual machine: only what changed since that. */
  readonly since?: string;
  /** In the form of its pool's driver, where that has one: only pools of the same driver read it. */
  readonly optimized?: boolean;
  /** Default: zstd. */
  readonly compression?: BackupCompression;
}

/** `…/NAME/backups`: of an instance or a custom volume. `Shown`: one that is kept. */
export class Backups<Shown> {
  readonly #rest: Rest;
  readonly #path: string;

  /** `path`: of what they are of. */
  constructor(rest: Rest, path: string) {
    this.#rest = rest;
    this.#path = `${path}/backups`;
  }

  /** The stream of a backup of it as it is now; nothing is kept. One that fails in the middle fails here, too. */
  async stream({ withoutSnapshots = false, optimized, compression, since }: BackupOptions = {}): Promise<Readable> {
    const request: BackupCreate = {
      ...{ instance_only: withoutSnapshots, volume_only: withoutSnapshots },
      ...(since && { since }),
      ...(optimized && { optimized_storage: true }),
      ...(compression && { compression_algorithm: compression }),
    };
    const headers = { accept: "application/octet-stream" };
    return (await this.#rest.raw("POST", this.#path, { body: request, headers })).body;
  }

  /** Those that are kept, the oldest first. */
  list(): Promise<Shown[]> {
    return this.#rest.get(this.#path, { recursion: 1 });
  }

  /** Puts one by, to be fetched later. */
  create(request: BackupCreate = {}): Promise<RunningOperation> {
    return this.#rest.start("POST", this.#path, { body: request });
  }

  async fetch(name: string): Promise<Readable> {
    return (await this.#rest.raw("GET", `${this.#url(name)}/export`)).body;
  }

  rename(name: string, newName: string): Promise<RunningOperation> {
    return this.#rest.start("POST", this.#url(name), { body: { name: newName } });
  }

  delete(name: string): Promise<RunningOperation> {
    return this.#rest.start("DELETE", this.#url(name));
  }

  #url(name: string): string {
    return `${this.#path}/${encodeURIComponent(name)}`;
  }
}

/** What shall be other than the backup says. */
export interface ImportOptions {
  readonly name?: string;
  readonly pool?: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly devices?: Devices;
  /** Of an increment: the instance that it goes into. */
  readonly onto?: string;
}

/** The headers of a backup that is sent. */
export function importHeaders({ name, pool, config, devices, onto }: ImportOptions): Record<string, string> {
  const query = (values: Readonly<Record<string, string>>) => new URLSearchParams(values).toString();
  const perDevice = Object.entries(devices ?? {}).map(([device, settings]) => [device, query(settings)]);
  return {
    "content-type": "application/octet-stream",
    ...(name && { "x-lxd-name": name }),
    ...(pool && { "x-lxd-pool": pool }),
    ...(onto && { "x-lxd-onto": onto }),
    ...(config && { "x-lxd-config": query(config) }),
    ...(devices && { "x-lxd-devices": query(Object.fromEntries(perDevice)) }),
  };
}
