import { type ErrorCode, LodgeError } from "@lodge/api";
import type {
  AliasRecord,
  BackupRecord,
  CertificateRecord,
  ImageRecord,
  InstanceRecord,
  NetworkRecord,
  OperationRecord,
  PoolRecord,
  ProfileRecord,
  SnapshotRecord,
  Store,
  Table,
  Tables,
  TemplateRecord,
  VolumeRecord,
  VolumeSnapshotRecord,
} from "../store.ts";

interface TableRules<Row, Key> {
  readonly keyOf: (row: Row) => Key;
  /** What the list is sorted by; missing: the key. */
  readonly sortBy?: (row: Row) => unknown;
  /** Refuses a row (uniqueness, references) before it is put. */
  readonly check?: (row: Row, others: Row[]) => void;
  readonly removed?: (key: Key) => void;
}

class MemoryTable<Row, Key> implements Table<Row, Key> {
  readonly rows = new Map<string, Row>();
  readonly #rules: TableRules<Row, Key>;

  constructor(rules: TableRules<Row, Key>) {
    this.#rules = rules;
  }

  async list(): Promise<Row[]> {
    const sortBy = this.#rules.sortBy ?? this.#rules.keyOf;
    const rows = [...this.rows.values()].map((row) => ({ row, at: sortKey(sortBy(row)) }));
    return structuredClone(rows.sort((a, b) => (a.at < b.at ? -1 : 1)).map(({ row }) => row));
  }

  async get(key: Key): Promise<Row | undefined> {
    return structuredClone(this.rows.get(sortKey(key)));
  }

  async put(row: Row): Promise<void> {
    const key = sortKey(this.#rules.keyOf(row));
    this.#rules.check?.(
      row,
      [...this.rows].filter(([other]) => other !== key).map(([, other]) => other),
    );
    this.rows.set(key, structuredClone(row));
  }

  async remove(key: Key): Promise<void> {
    this.rows.delete(sortKey(key));
    this.#rules.removed?.(key);
  }
}

interface OfInstance {
  readonly instance: InstanceRecord["id"];
}

class InstanceTable<Row extends OfInstance, Key> extends MemoryTable<Row, Key> {
  async of(instance: InstanceRecord["id"]): Promise<Row[]> {
    return (await this.list()).filter((row) => row.instance === instance);
  }

  removeOf(instance: string): void {
    for (const [key, row] of this.rows) if (row.instance === instance) this.rows.delete(key);
  }
}

/** The store in memory, for tests of everything that stands on it. Holds the same rules as the database. */
export class MemoryStore implements Store {
  readonly instances = new MemoryTable<InstanceRecord, InstanceRecord["id"]>({
    keyOf: (row) => row.id,
    sortBy: ({ project, name }) => ({ project, name }),
    check: refuseTaken,
    removed: (id) => {
      this.snapshots.removeOf(id);
      this.backups.removeOf(id);
    },
  });
  readonly snapshots = new InstanceTable<SnapshotRecord, SnapshotRecord["id"]>({
    keyOf: (row) => row.id,
    sortBy: byAge,
    check: (row, others) => this.#refuse(row, others, { what: "Snapshot", code: "snapshot_exists" }),
  });
  readonly backups = new InstanceTable<BackupRecord, BackupRecord["id"]>({
    keyOf: (row) => row.id,
    sortBy: byAge,
    check: (row, others) => this.#refuse(row, others, { what: "Backup", code: "backup_exists" }),
  });
  readonly templates = new MemoryTable<TemplateRecord, TemplateRecord["id"]>({ keyOf: (row) => row.id });
  readonly images = new MemoryTable<ImageRecord, string>({
    keyOf: (row) => row.fingerprint,
    removed: (fingerprint) => this.#removeAliasesOf(fingerprint),
  });
  readonly aliases = new MemoryTable<AliasRecord, Pick<AliasRecord, "name" | "type">>({
    keyOf: ({ name, type }) => ({ name, type }),
    check: (row) => this.#refuseDangling(row),
  });
  readonly profiles = new MemoryTable<ProfileRecord, Pick<ProfileRecord, "project" | "name">>({
    keyOf: ({ project, name }) => ({ project, name }),
  });
  readonly certificates = new MemoryTable<CertificateRecord, string>({ keyOf: (row) => row.fingerprint });
  readonly networks = new MemoryTable<NetworkRecord, string>({ keyOf: (row) => row.name });
  readonly pools = new MemoryTable<PoolRecord, string>({ keyOf: (row) => row.name });
  readonly volumes = new MemoryTable<VolumeRecord, VolumeRecord["id"]>({
    keyOf: (row) => row.id,
    sortBy: ({ pool, project, name }) => ({ pool, project, name }),
    check: refuseTakenVolume,
    removed: (id) => this.#removeVolumeSnapshotsOf(id),
  });
  readonly volumeSnapshots = new MemoryTable<VolumeSnapshotRecord, VolumeSnapshotRecord["id"]>({
    keyOf: (row) => row.id,
    sortBy: ({ volume, createdAt, name }) => ({ volume, at: createdAt.toISOString(), name }),
    check: (row, others) => this.#refuseVolumeSnapshot(row, others),
  });
  readonly operations = new MemoryTable<OperationRecord, string>({ keyOf: (row) => row.id });
  readonly settings = new MemoryTable<{ readonly key: string; readonly value: string }, string>({
    keyOf: (row) => row.key,
  });

  async atomically<T>(work: (tables: Tables) => Promise<T>): Promise<T> {
    const tables = Object.values(this).filter((each) => each instanceof MemoryTable);
    const before = tables.map((table) => new Map(table.rows));
    try {
      return await work(this);
    } catch (error) {
      for (const [index, table] of tables.entries()) {
        table.rows.clear();
        for (const [key, row] of before[index] ?? []) table.rows.set(key, row);
      }
      throw error;
    }
  }

  async close(): Promise<void> {}

  #refuse<Row extends OfInstance & { readonly name: string }>(
    { instance, name }: Row,
    others: Row[],
    { what, code }: { readonly what: string; readonly code: ErrorCode },
  ): void {
    if (!this.instances.rows.has(instance)) {
      throw new LodgeError({ code: "instance_not_found", message: `${what} ${name}: its instance is gone.` });
    }
    if (!others.some((o) => o.instance === instance && o.name === name)) return;
    throw new LodgeError({ code, message: `The name ${name} is taken by another ${what.toLowerCase()}.` });
  }

  #removeVolumeSnapshotsOf(volume: string): void {
    for (const [key, snapshot] of this.volumeSnapshots.rows) {
      if (snapshot.volume === volume) this.volumeSnapshots.rows.delete(key);
    }
  }

  #refuseVolumeSnapshot({ volume, name }: VolumeSnapshotRecord, others: VolumeSnapshotRecord[]): void {
    if (!this.volumes.rows.has(volume)) {
      throw new LodgeError({ code: "volume_not_found", message: `Snapshot ${name}: its volume is gone.` });
    }
    if (!others.some((o) => o.volume === volume && o.name === name)) return;
    throw new LodgeError({ code: "snapshot_exists", message: `The name ${name} is taken by another snapshot.` });
  }

  #removeAliasesOf(fingerprint: string): void {
    for (const [key, alias] of this.aliases.rows) {
      if (alias.fingerprint === fingerprint) this.aliases.rows.delete(key);
    }
  }

  #refuseDangling({ name, fingerprint }: AliasRecord): void {
    if (this.images.rows.has(fingerprint)) return;
    throw new LodgeError({ code: "image_not_found", message: `Alias ${name}: there is no image ${fingerprint}.` });
  }
}

const byAge = ({ instance, createdAt, name }: SnapshotRecord | BackupRecord) => ({
  instance,
  at: createdAt.toISOString(),
  name,
});

function refuseTaken(row: InstanceRecord, others: InstanceRecord[]): void {
  const taken = others.some((o) => (o.project === row.project && o.name === row.name) || o.idBlock === row.idBlock);
  if (taken)
    throw new LodgeError({ code: "instance_exists", message: `The name or id block of ${row.name} is taken.` });
}

function refuseTakenVolume({ pool, project, name }: VolumeRecord, others: VolumeRecord[]): void {
  if (!others.some((o) => o.pool === pool && o.project === project && o.name === name)) return;
  throw new LodgeError({ code: "volume_exists", message: `The name ${name} is taken by another volume of ${pool}.` });
}

function sortKey(key: unknown): string {
  return typeof key === "string" ? key : Object.values(key as object).join("\u0000");
}
