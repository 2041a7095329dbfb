import { type ErrorCode, LodgeError } from "@lodge/api";
import type {
  BackupRecord,
  CertificateRecord,
  GovernorLogRecord,
  InstanceMetadataRecord,
  InstanceRecord,
  NetworkRecord,
  OperationRecord,
  PoolRecord,
  ProfileRecord,
  ProjectAliasRecord,
  ProjectImageRecord,
  ProjectRecord,
  SnapshotRecord,
  Store,
  Table,
  Tables,
  TemplateRecord,
  VolumeBackupRecord,
  VolumeRecord,
  VolumeSnapshotRecord,
  WarningRecord,
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

/** Rows that go with an instance or a volume. */
class OwnedTable<Row, Owner extends string, Key> extends MemoryTable<Row, Key> {
  readonly #ownerOf: (row: Row) => Owner;

  constructor(ownerOf: (row: Row) => Owner, rules: TableRules<Row, Key>) {
    super(rules);
    this.#ownerOf = ownerOf;
  }

  async of(owner: Owner): Promise<Row[]> {
    return (await this.list()).filter((row) => this.#ownerOf(row) === owner);
  }

  removeOf(owner: Owner): void {
    for (const [key, row] of this.rows) if (this.#ownerOf(row) === owner) this.rows.delete(key);
  }
}

const ofInstance = ({ instance }: SnapshotRecord | BackupRecord) => instance;
const ofVolume = ({ volume }: VolumeSnapshotRecord | VolumeBackupRecord) => volume;

/** The store in memory, for tests of everything that stands on it. Holds the same rules as the database. */
export class MemoryStore implements Store {
  readonly instances = new MemoryTable<InstanceRecord, InstanceRecord["id"]>({
    keyOf: (row) => row.id,
    sortBy: ({ project, name }) => ({ project, name }),
    check: refuseTaken,
    removed: (id) => {
      this.snapshots.removeOf(id);
      this.backups.removeOf(id);
      this.instanceMetadata.rows.delete(sortKey(id));
    },
  });
  readonly instanceMetadata = new MemoryTable<InstanceMetadataRecord, InstanceRecord["id"]>({
    keyOf: (row) => row.instance,
  });
  readonly snapshots = new OwnedTable<SnapshotRecord, InstanceRecord["id"], SnapshotRecord["id"]>(ofInstance, {
    keyOf: (row) => row.id,
    sortBy: (row) => byAge(row, ofInstance),
    check: (row, others) => this.#refuse(row, others, ofInstance, aboutSnapshots),
  });
  readonly backups = new OwnedTable<BackupRecord, InstanceRecord["id"], BackupRecord["id"]>(ofInstance, {
    keyOf: (row) => row.id,
    sortBy: (row) => byAge(row, ofInstance),
    check: (row, others) => this.#refuse(row, others, ofInstance, aboutBackups),
  });
  readonly templates = new MemoryTable<TemplateRecord, TemplateRecord["id"]>({ keyOf: (row) => row.id });
  readonly images = new MemoryTable<ProjectImageRecord, Pick<ProjectImageRecord, "project" | "fingerprint">>({
    keyOf: ({ project, fingerprint }) => ({ project, fingerprint }),
    sortBy: ({ fingerprint, project }) => ({ fingerprint, project }),
    removed: (image) => this.#removeAliasesOf(image),
  });
  readonly aliases = new MemoryTable<ProjectAliasRecord, Pick<ProjectAliasRecord, "project" | "name" | "type">>({
    keyOf: ({ project, name, type }) => ({ project, name, type }),
    check: (row) => this.#refuseDangling(row),
  });
  readonly profiles = new MemoryTable<ProfileRecord, Pick<ProfileRecord, "project" | "name">>({
    keyOf: ({ project, name }) => ({ project, name }),
  });
  readonly projects = new MemoryTable<ProjectRecord, string>({ keyOf: (row) => row.name });
  readonly certificates = new MemoryTable<CertificateRecord, string>({ keyOf: (row) => row.fingerprint });
  readonly networks = new MemoryTable<NetworkRecord, string>({ keyOf: (row) => row.name });
  readonly pools = new MemoryTable<PoolRecord, string>({ keyOf: (row) => row.name });
  readonly volumes = new MemoryTable<VolumeRecord, VolumeRecord["id"]>({
    keyOf: (row) => row.id,
    sortBy: ({ pool, project, name }) => ({ pool, project, name }),
    check: refuseTakenVolume,
    removed: (id) => {
      this.volumeSnapshots.removeOf(id);
      this.volumeBackups.removeOf(id);
    },
  });
  readonly volumeSnapshots = new OwnedTable<VolumeSnapshotRecord, VolumeRecord["id"], VolumeSnapshotRecord["id"]>(
    ofVolume,
    {
      keyOf: (row) => row.id,
      sortBy: (row) => byAge(row, ofVolume),
      check: (row, others) => this.#refuse(row, others, ofVolume, aboutSnapshots),
    },
  );
  readonly volumeBackups = new OwnedTable<VolumeBackupRecord, VolumeRecord["id"], VolumeBackupRecord["id"]>(ofVolume, {
    keyOf: (row) => row.id,
    sortBy: (row) => byAge(row, ofVolume),
    check: (row, others) => this.#refuse(row, others, ofVolume, aboutBackups),
  });
  readonly warnings = new MemoryTable<WarningRecord, string>({ keyOf: (row) => row.uuid });
  readonly operations = new MemoryTable<OperationRecord, string>({ keyOf: (row) => row.id });
  readonly governorLog = new MemoryTable<GovernorLogRecord, number>({
    keyOf: (row) => row.id,
    sortBy: ({ id }) => String(id).padStart(16, "0"),
  });
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

  /** Whatever belongs to nobody, and a second one of a name. */
  #refuse<Row extends { readonly name: string }, Owner extends string>(
    row: Row,
    others: Row[],
    ownerOf: (row: Row) => Owner,
    { what, code }: { readonly what: string; readonly code: ErrorCode },
  ): void {
    const owner = ownerOf(row);
    const { name } = row;
    const kind = "volume" in row ? "volume" : "instance";
    if (!this[`${kind}s`].rows.has(owner)) {
      throw new LodgeError({ code: `${kind}_not_found`, message: `${what} ${name}: its ${kind} is gone.` });
    }
    if (!others.some((other) => ownerOf(other) === owner && other.name === name)) return;
    throw new LodgeError({ code, message: `The name ${name} is taken by another ${what.toLowerCase()}.` });
  }

  #removeAliasesOf({ project, fingerprint }: Pick<ProjectImageRecord, "project" | "fingerprint">): void {
    for (const [key, alias] of this.aliases.rows) {
      if (alias.project === project && alias.fingerprint === fingerprint) this.aliases.rows.delete(key);
    }
  }

  #refuseDangling({ project, name, fingerprint }: ProjectAliasRecord): void {
    if (this.images.rows.has(sortKey({ project, fingerprint }))) return;
    throw new LodgeError({ code: "image_not_found", message: `Alias ${name}: there is no image ${fingerprint}.` });
  }
}

const aboutSnapshots = { what: "Snapshot", code: "snapshot_exists" } as const;
const aboutBackups = { what: "Backup", code: "backup_exists" } as const;

function byAge<Row extends { readonly createdAt: Date; readonly name: string }>(
  row: Row,
  ownerOf: (row: Row) => string,
) {
  return { owner: ownerOf(row), at: row.createdAt.toISOString(), name: row.name };
}

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
  if (typeof key === "number") return String(key);
  return typeof key === "string" ? key : Object.values(key as object).join("\u0000");
}
