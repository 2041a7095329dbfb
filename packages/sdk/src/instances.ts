import type { Duplex, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type {
  Instance,
  InstanceBackup,
  InstanceCreate,
  InstanceFork,
  InstanceFull,
  InstancePut,
  InstanceRebuild,
  InstanceState,
  InstanceStatePut,
  KeysRequest,
  StateAction,
} from "@lodge/api";
import { Backups, type ImportOptions, importHeaders } from "./backups.ts";
import { attachConsole, type ConsoleOptions, type ConsoleSession } from "./console.ts";
import { type ExecOptions, type ExecSession, exec } from "./exec.ts";
import { InstanceFiles } from "./instance-files.ts";
import { MetadataOfInstance } from "./instance-metadata.ts";
import { type WaitForOptions, waitForState } from "./instance-wait.ts";
import type { MigrationPeer } from "./migration.ts";
import type { Rest } from "./rest.ts";
import type { RunningOperation } from "./running-operation.ts";
import { openScreen, type ScreenSession } from "./screen.ts";
import { InstanceSnapshots } from "./snapshots.ts";

/** An instance's name in a path, or all of them. */
const url = (name?: string) => (name === undefined ? "/1.0/instances" : `/1.0/instances/${encodeURIComponent(name)}`);

/** `/1.0/instances`. */
export class Instances {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  /** All of the project, or of all projects that the client may see, with their state, sorted by name. */
  list({ allProjects = false }: { readonly allProjects?: boolean } = {}): Promise<InstanceFull[]> {
    if (allProjects) return this.#rest.get(url(), { recursion: 2, project: undefined, "all-projects": "true" });
    return this.#rest.get(url(), { recursion: 2 });
  }

  async names(): Promise<string[]> {
    const urls = await this.#rest.get<string[]>(url());
    return urls.map((each) => decodeURIComponent(each.slice(each.lastIndexOf("/") + 1).replace(/\?.*$/, "")));
  }

  get(name: string): Promise<Instance> {
    return this.#rest.get(url(name));
  }

  /** With the ETag that `update` sends back, so that no other's change is overwritten. */
  getTagged(name: string): Promise<{ value: Instance; etag: string }> {
    return this.#rest.getTagged(url(name));
  }

  /** With its state. */
  getFull(name: string): Promise<InstanceFull> {
    return this.#rest.get(url(name), { recursion: 1 });
  }

  state(name: string): Promise<InstanceState> {
    return this.#rest.get(`${url(name)}/state`);
  }

  /** The name that the daemon chose is in the operation, see `createdName`. */
  create(request: InstanceCreate): Promise<RunningOperation> {
    return this.#rest.start("POST", url(), { body: request });
  }

  /** Replaces the editable part. Another's change since `etag` is `etag_mismatch`. */
  update(name: string, put: InstancePut, etag?: string): Promise<RunningOperation> {
    return this.#rest.start("PUT", url(name), { body: put, ...(etag && { headers: { "if-match": etag } }) });
  }

  setState(name: string, action: StateAction, options: Omit<InstanceStatePut, "action"> = {}) {
    return this.#rest.start("PUT", `${url(name)}/state`, { body: { action, ...options } });
  }

  delete(name: string): Promise<RunningOperation> {
    return this.#rest.start("DELETE", url(name));
  }

  rename(name: string, newName: string): Promise<RunningOperation> {
    return this.#rest.start("POST", url(name), { body: { name: newName } });
  }

  /** Brings a stopped one to another project, where it may have another name. */
  moveToProject(name: string, project: string, newName = name): Promise<RunningOperation> {
    return this.#rest.start("POST", url(name), { body: { name: newName, migration: true, project } });
  }

  /** Brings a stopped one to another pool; under another name, too, when asked to. */
  move(name: string, pool: string, newName = name): Promise<RunningOperation> {
    return this.#rest.start("POST", url(name), { body: { name: newName, migration: true, pool } });
  }

  /** Sends it to another daemon, see `migrate`. Without a target, the operation waits to be connected to. */
  send(
    name: string,
    { target, ...options }: { live: boolean; instance_only: boolean; target?: MigrationPeer | undefined },
  ): Promise<RunningOperation> {
    return this.#rest.start("POST", url(name), {
      body: { name, migration: true, ...options, ...(target && { target }) },
    });
  }

  /** Runs a command. Fails at once with `instance_not_ready` while the guest boots: see `waitFor`. */
  exec(name: string, options: ExecOptions): Promise<ExecSession> {
    return exec(this.#rest, encodeURIComponent(name), options);
  }

  console(name: string, options: ConsoleOptions = {}): Promise<ConsoleSession> {
    return attachConsole(this.#rest, encodeURIComponent(name), options);
  }

  /** What the console printed in this or the last run. */
  async consoleLog(name: string): Promise<Buffer> {
    return buffer((await this.#rest.raw("GET", `${url(name)}/console`)).body);
  }

  /** A VM's screen as PNG. */
  async screenshot(name: string): Promise<Buffer> {
    return buffer((await this.#rest.raw("GET", `${url(name)}/screenshot`)).body);
  }

  /** A VM's screen for viewers: see also `screenshot`. */
  screen(name: string): Promise<ScreenSession> {
    return openScreen(this.#rest, encodeURIComponent(name));
  }

  /** Types on a VM's keyboard; the operation ends with the last key. */
  pressKeys(name: string, request: KeysRequest): Promise<RunningOperation> {
    return this.#rest.start("POST", `${url(name)}/keys`, { body: request });
  }

  /**
   * A connection on which an SFTP server (version 3) speaks for the instance's files, for a client's library or program: `sftp -D`,
   * sshfs. Destroy it.
   */
  sftp(name: string, signal?: AbortSignal): Promise<Duplex> {
    return this.#rest.upgrade(`${url(name)}/sftp`, "sftp", signal);
  }

  files(name: string): InstanceFiles {
    return new InstanceFiles(this.#rest, url(name));
  }

  metadata(name: string): MetadataOfInstance {
    return new MetadataOfInstance(this.#rest, name);
  }

  snapshots(name: string): InstanceSnapshots {
    return new InstanceSnapshots(this.#rest, encodeURIComponent(name));
  }

  backups(name: string): Backups<InstanceBackup> {
    return new Backups(this.#rest, url(name));
  }

  /** Makes an instance of a backup while that is sent: resolves when all of it was, and the operation is over soon after. */
  import(backup: Readable, options: ImportOptions = {}): Promise<RunningOperation> {
    return this.#rest.start("POST", url(), { stream: backup, headers: importHeaders(options) });
  }

  /** Gives a stopped instance a fresh root of an image, or an empty one. */
  rebuild(name: string, request: InstanceRebuild): Promise<RunningOperation> {
    return this.#rest.start("POST", `${url(name)}/rebuild`, { body: request });
  }

  /** Further instances of one that runs, which go on where it is. */
  fork(name: string, request: InstanceFork): Promise<RunningOperation> {
    return this.#rest.start("POST", `${url(name)}/fork`, { body: request });
  }

  /** Resolves when the instance is `ready`, `running`, has an `address` or is `stopped`. */
  waitFor(name: string, options: WaitForOptions): Promise<InstanceState> {
    return waitForState(this.#rest, name, options);
  }
}

/** The name of the instance that a create operation makes. */
export function createdName(operation: RunningOperation): string {
  const [made = ""] = operation.started.resources.instances ?? [];
  return decodeURIComponent(made.slice(made.lastIndexOf("/") + 1).replace(/\?.*$/, ""));
}
