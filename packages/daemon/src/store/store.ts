import { LodgeError } from "@lodge/api";
import type { Log, Store, Tables } from "@lodge/core";
import { Kysely, SqliteDialect } from "kysely";
import { Migrator } from "kysely/migration";
import { putRoomBy } from "./database-room.ts";
import { type Database, DatabaseTable } from "./database-table.ts";
import { withKeptStatements } from "./kept-statements.ts";
import { backupLayout, volumeBackupLayout } from "./layouts/backups.ts";
import { certificateLayout } from "./layouts/certificates.ts";
import { governorLogLayout } from "./layouts/governor-log.ts";
import { aliasLayout, imageLayout } from "./layouts/images.ts";
import { instanceMetadataLayout } from "./layouts/instance-metadata.ts";
import { instanceLayout } from "./layouts/instances.ts";
import { networkLayout } from "./layouts/networks.ts";
import { operationLayout } from "./layouts/operations.ts";
import { poolLayout } from "./layouts/pools.ts";
import { profileLayout } from "./layouts/profiles.ts";
import { projectLayout } from "./layouts/projects.ts";
import { settingLayout } from "./layouts/settings.ts";
import { snapshotLayout } from "./layouts/snapshots.ts";
import { templateLayout } from "./layouts/templates.ts";
import { volumeLayout, volumeSnapshotLayout } from "./layouts/volumes.ts";
import { warningLayout } from "./layouts/warnings.ts";
import { openDatabase } from "./open-database.ts";
import { OwnedTable } from "./owned-table.ts";
import { ownedTables } from "./owned-tables.ts";
import { migrations } from "./schema.ts";
import { TableWrites } from "./table-writes.ts";

/**
 * Opens the database at `path` (made when missing), copies it to `path.bak` and brings it up to date.
 * `database_corrupt`, `database_newer`, `pool_full`.
 */
export async function openStore(path: string, log: Log): Promise<Store> {
  const file = openDatabase(path);
  const db = new Kysely<Database>({ dialect: new SqliteDialect({ database: withKeptStatements(file) }) });
  try {
    await migrate(new Kysely({ dialect: new SqliteDialect({ database: file }) }), path, log);
    putRoomBy(file);
  } catch (error) {
    file.close();
    throw error;
  }
  const writes = new TableWrites(ownedTables(file));
  return {
    ...tablesOf(db, writes),
    atomically: (work) => db.transaction().execute((transaction) => work(tablesOf(transaction, writes))),
    async close() {
      await db.destroy();
      // Kysely closes only what it was asked something of.
      file.close();
    },
  };
}

function tablesOf(db: Kysely<Database>, writes: TableWrites): Tables {
  return {
    instances: new DatabaseTable(db, instanceLayout, writes),
    instanceMetadata: new DatabaseTable(db, instanceMetadataLayout, writes),
    snapshots: new OwnedTable(db, snapshotLayout, writes, "instance"),
    backups: new OwnedTable(db, backupLayout, writes, "instance"),
    templates: new DatabaseTable(db, templateLayout, writes),
    images: new DatabaseTable(db, imageLayout, writes),
    aliases: new DatabaseTable(db, aliasLayout, writes),
    profiles: new DatabaseTable(db, profileLayout, writes),
    projects: new DatabaseTable(db, projectLayout, writes),
    certificates: new DatabaseTable(db, certificateLayout, writes),
    networks: new DatabaseTable(db, networkLayout, writes),
    pools: new DatabaseTable(db, poolLayout, writes),
    volumes: new DatabaseTable(db, volumeLayout, writes),
    volumeSnapshots: new DatabaseTable(db, volumeSnapshotLayout, writes),
    volumeBackups: new OwnedTable(db, volumeBackupLayout, writes, "volume"),
    warnings: new DatabaseTable(db, warningLayout, writes),
    operations: new DatabaseTable(db, operationLayout, writes),
    governorLog: new DatabaseTable(db, governorLogLayout, writes),
    settings: new DatabaseTable(db, settingLayout, writes),
  };
}

async function migrate(db: Kysely<Database>, path: string, log: Log): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error, results } = await migrator.migrateToLatest();
  for (const { migrationName, status } of results ?? [])
    log.info({ path, migrationName, status }, "database migration");
  if (error === undefined) return;
  throw new LodgeError({
    code: "internal",
    message: `The database ${path} could not be brought up to date (${error instanceof Error ? error.message : String(error)}); it was left as it was.`,
    cause: error,
  });
}
