import type { Readable } from "node:stream";
import type { BackupCompression, BackupCreate, BackupPost } from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { KeyedLock } from "../instances/lock.ts";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import { requireUnblocked } from "../projects/allowed.ts";
import type { BackupService } from "../services.ts";
import { parseExpiry } from "../snapshots/render.ts";
import { checkBackupName, compressionOf, findBackup, nextBackupName, presentBackups } from "./names.ts";
import type { BackupOwner, BackupRow, BackupSubject, Opened } from "./subject.ts";

type Dependencies = Pick<InstanceDependencies, "store" | "operations" | "events" | "archives" | "choosing" | "now">;

/** Backups: streams that are made when they are fetched, at once or of what was put by for that. */
export class Backups<Name, Owner extends BackupOwner, Row extends BackupRow, Shown>
  implements BackupService<Name, Shown>
{
  readonly #deps: Dependencies;
  readonly #subject: BackupSubject<Name, Owner, Row, Shown>;
  /** One that is kept is read by one at a time, and not removed meanwhile. */
  readonly #fetching = new KeyedLock<Row["id"]>();

  constructor(deps: Dependencies, subject: BackupSubject<Name, Owner, Row, Shown>) {
    this.#deps = deps;
    this.#subject = subject;
  }

  async list(of: Name): Promise<Shown[]> {
    const owner = await this.#subject.find(of);
    return (await presentBackups(this.#subject, owner)).map((row) => this.#subject.show(row));
  }

  async get(of: Name, name: string): Promise<Shown> {
    return this.#subject.show((await this.#find(of, name)).row);
  }

  async create(of: Name, request: BackupCreate): Promise<RunningOperation> {
    const owner = await this.#subject.find(of);
    await requireUnblocked(this.#deps.store, owner.project, "restricted.backups");
    const claimed = await this.#claim(owner, request);
    return this.#begin("Creating backup", owner, claimed.name, async (context) => {
      const { rows } = this.#subject;
      let row = claimed;
      context.undo("record", () => rows.remove(row.id));
      context.undo("copy", () => this.#subject.drop(row));
      row = await this.#subject.keep(owner, claimed);
      await rows.put({ ...row, createdAt: this.#deps.now(), life: "present" });
      this.#announce("created", owner, row.name);
    });
  }

  async rename(of: Name, name: string, request: BackupPost): Promise<RunningOperation> {
    const { owner, row } = await this.#find(of, name);
    const { rows } = this.#subject;
    const check = async () => checkBackupName(this.#subject, owner, request.name, await rows.of(owner.id));
    await check();
    return this.#begin("Renaming backup", owner, name, async () => {
      await this.#deps.choosing.run(async () => {
        await check();
        await rows.put({ ...(await findBackup(this.#subject, owner, row.name)), name: request.name });
      });
      this.#announce("renamed", owner, request.name, { old_name: name });
    });
  }

  async delete(of: Name, name: string): Promise<RunningOperation> {
    const { owner, row } = await this.#find(of, name);
    return this.#begin("Removing backup", owner, name, () =>
      this.#fetching.run(row.id, async () => {
        const { rows } = this.#subject;
        const current = await rows.get(row.id);
        if (!current) return;
        await rows.put({ ...current, life: "deleting" });
        await this.#subject.drop(current);
        await rows.remove(current.id);
        this.#announce("deleted", owner, current.name);
      }),
    );
  }

  async fetch(of: Name, name: string): Promise<Readable> {
    const { owner, row } = await this.#find(of, name);
    const { promise: read, resolve: end } = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<Readable>();
    this.#fetching
      .run(row.id, async () => {
        const current = await findBackup(this.#subject, owner, row.name);
        this.#announce("retrieved", owner, current.name);
        const stream = this.#write(this.#subject.open(owner, current), current.compression);
        stream.once("close", end);
        begun.resolve(stream);
        await read;
      })
      .catch(begun.reject);
    return begun.promise;
  }

  async stream(of: Name, request: BackupCreate): Promise<Readable> {
    const owner = await this.#subject.find(of);
    await requireUnblocked(this.#deps.store, owner.project, "restricted.backups");
    this.#announce("retrieved", owner, "");
    return this.#write(await this.#subject.take(owner, request), compressionOf(request));
  }

  #write({ of, index, sources, end }: Opened, compression: BackupCompression): Readable {
    const stream = this.#deps.archives.write({ of, index, compression, sources });
    // Its sources are closed by then, and if none was ever asked for there is none.
    stream.once("close", end);
    return stream;
  }

  /** Takes a name by a record that says `creating`. */
  #claim(owner: Owner, request: BackupCreate): Promise<Row> {
    const { choosing, now } = this.#deps;
    const { rows } = this.#subject;
    return choosing.run(async () => {
      const others = await rows.of(owner.id);
      const name = request.name || nextBackupName(others.map((other) => other.name));
      checkBackupName(this.#subject, owner, name, others);
      const expiresAt = parseExpiry(request.expires_at);
      const row = await this.#subject.begin(owner, request, {
        name,
        compression: compressionOf(request),
        optimized: false,
        snapshots: [],
        index: {},
        life: "creating",
        createdAt: now(),
        ...(expiresAt && { expiresAt }),
      });
      await rows.put(row);
      return row;
    });
  }

  #begin(
    description: string,
    owner: Owner,
    name: string,
    work: (context: OperationContext) => Promise<void>,
  ): Promise<RunningOperation> {
    const { project } = owner;
    const resources = this.#subject.resources(owner, name);
    return this.#deps.operations.begin({ description, resources, project, cancellable: false }, async (context) => {
      await work(context);
      return undefined;
    });
  }

  /** `name`: empty for what is not kept. */
  #announce(what: string, owner: Owner, name: string, context: Record<string, unknown> = {}): void {
    const url = this.#subject.url(owner);
    const about = name === "" ? url : `${url}/backups/${encodeURIComponent(name)}`;
    this.#deps.events.lifecycle(`${this.#subject.event}-${what}`, about, context, owner.project);
  }

  async #find(of: Name, name: string): Promise<{ owner: Owner; row: Row }> {
    const owner = await this.#subject.find(of);
    return { owner, row: await findBackup(this.#subject, owner, name) };
  }
}
