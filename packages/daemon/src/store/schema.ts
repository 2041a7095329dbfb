/** The tables as SQLite holds them. A change here needs a migration beside it. */

import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Migrations by name, in the order of their names. A released one never changes. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-first": { up: first },
  "0002-instances-without-image": { up: instancesWithoutImage },
  "0003-snapshots": { up: snapshots },
  "0004-network-forwards": { up: networkForwards },
  "0005-pending-roots": { up: pendingRoots },
  "0006-states": { up: states },
  "0007-pool-life": { up: poolLife },
  "0008-volumes": { up: volumes },
  "0009-templates": { up: templates },
  "0010-backups": { up: backups },
  "0011-restarts": { up: restarts },
  "0012-certificates": { up: certificates },
  "0013-volume-backups": { up: volumeBackups },
  "0014-optimized-backups": { up: optimizedBackups },
  "0015-image-sources": { up: imageSources },
  "0016-projects": { up: projects },
  "0017-warnings": { up: warnings },
  "0018-image-profiles": { up: imageProfiles },
  "0019-instance-metadata": { up: instanceMetadata },
  "0020-project-images": { up: projectImages },
  "0021-governor-log": { up: governorLog },
};

async function first(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table instances (
      id text primary key,
      uuid text not null,
      name text not null,
      project text not null,
      type text not null,
      description text not null,
      architecture text not null,
      fingerprint text not null,
      pool text not null,
      config text not null,
      devices text not null,
      profiles text not null,
      ephemeral integer not null,
      life text not null,
      id_block integer not null unique,
      wanted integer not null,
      created_at text not null,
      last_used_at text,
      unique (project, name)
    ) strict`,
    sql`create table images (
      fingerprint text primary key,
      type text not null,
      architecture text not null,
      filename text not null,
      size integer not null,
      public integer not null,
      properties text not null,
      split integer not null,
      created_at text not null,
      uploaded_at text not null,
      last_used_at text
    ) strict`,
    sql`create table aliases (
      name text not null,
      type text not null,
      fingerprint text not null references images (fingerprint) on delete cascade,
      description text not null,
      primary key (name, type)
    ) strict`,
    sql`create index aliases_by_image on aliases (fingerprint)`,
    sql`create table profiles (
      project text not null,
      name text not null,
      description text not null,
      config text not null,
      devices text not null,
      primary key (project, name)
    ) strict`,
    sql`create table networks (name text primary key, description text not null, config text not null) strict`,
    sql`create table pools (
      name text primary key,
      driver text not null,
      description text not null,
      config text not null
    ) strict`,
    sql`create table operations (
      id text primary key,
      description text not null,
      resources text not null,
      created_at text not null
    ) strict`,
    sql`create table settings (key text primary key, value text not null) strict`,
  ];
  for (const statement of statements) await statement.execute(db);
}

/** An instance may be made empty: its image's fingerprint becomes optional, which SQLite does by changing columns. */
async function instancesWithoutImage(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`alter table instances add column image text`,
    sql`update instances set image = fingerprint`,
    sql`alter table instances drop column fingerprint`,
    sql`alter table instances rename column image to fingerprint`,
  ];
  for (const statement of statements) await statement.execute(db);
}

async function snapshots(db: Kysely<unknown>): Promise<void> {
  const statement = sql`create table snapshots (
    id text primary key,
    instance text not null references instances (id) on delete cascade,
    name text not null,
    description text not null,
    architecture text not null,
    config text not null,
    devices text not null,
    profiles text not null,
    ephemeral integer not null,
    life text not null,
    created_at text not null,
    expires_at text,
    last_used_at text,
    unique (instance, name)
  ) strict`;
  await statement.execute(db);
}

async function networkForwards(db: Kysely<unknown>): Promise<void> {
  await sql`alter table networks add column forwards text not null default '[]'`.execute(db);
}

/** What a restore or rebuild that was interrupted still has to do with an instance's root. */
async function pendingRoots(db: Kysely<unknown>): Promise<void> {
  await sql`alter table instances add column pending text`.execute(db);
}

/** The memory of machines that an instance or a snapshot holds. */
async function states(db: Kysely<unknown>): Promise<void> {
  for (const table of ["instances", "snapshots"])
    await sql`alter table ${sql.table(table)} add column state text`.execute(db);
}

/** Pools are made and removed by users from now on. */
async function poolLife(db: Kysely<unknown>): Promise<void> {
  await sql`alter table pools add column life text not null default 'present'`.execute(db);
}

async function volumes(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table volumes (
      id text primary key,
      pool text not null,
      project text not null,
      name text not null,
      content_type text not null,
      description text not null,
      config text not null,
      life text not null,
      created_at text not null,
      restoring text,
      unique (pool, project, name)
    ) strict`,
    sql`create table volume_snapshots (
      id text primary key,
      volume text not null references volumes (id) on delete cascade,
      name text not null,
      description text not null,
      config text not null,
      life text not null,
      created_at text not null,
      expires_at text,
      unique (volume, name)
    ) strict`,
  ];
  for (const statement of statements) await statement.execute(db);
}

async function templates(db: Kysely<unknown>): Promise<void> {
  const statement = sql`create table templates (
    id text primary key,
    project text not null,
    pool text not null,
    fingerprint text not null,
    shape text not null,
    state text not null,
    size integer not null,
    life text not null,
    created_at text not null,
    last_used_at text not null
  ) strict`;
  await statement.execute(db);
}

async function backups(db: Kysely<unknown>): Promise<void> {
  const statement = sql`create table backups (
    id text primary key,
    instance text not null references instances (id) on delete cascade,
    name text not null,
    pool text not null,
    type text not null,
    fingerprint text,
    compression text not null,
    snapshots text not null,
    instance_only integer not null,
    content text not null,
    life text not null,
    created_at text not null,
    expires_at text,
    unique (instance, name)
  ) strict`;
  await statement.execute(db);
}

/** Whether an instance was between two runs. */
async function restarts(db: Kysely<unknown>): Promise<void> {
  await sql`alter table instances add column restarting integer not null default 0`.execute(db);
}

/** Who is trusted, by HTTPS. */
async function certificates(db: Kysely<unknown>): Promise<void> {
  const statement = sql`create table certificates (
    fingerprint text primary key,
    name text not null,
    type text not null,
    restriction text,
    certificate text not null,
    created_at text not null
  ) strict`;
  await statement.execute(db);
}

async function volumeBackups(db: Kysely<unknown>): Promise<void> {
  const statement = sql`create table volume_backups (
    id text primary key,
    volume text not null references volumes (id) on delete cascade,
    name text not null,
    pool text not null,
    compression text not null,
    snapshots text not null,
    volume_only integer not null,
    content text not null,
    life text not null,
    created_at text not null,
    expires_at text,
    unique (volume, name)
  ) strict`;
  await statement.execute(db);
}

async function optimizedBackups(db: Kysely<unknown>): Promise<void> {
  for (const table of ["backups", "volume_backups"])
    await sql`alter table ${sql.table(table)} add column optimized integer not null default 0`.execute(db);
}

async function imageSources(db: Kysely<unknown>): Promise<void> {
  const columns = [
    "cached integer not null default 0",
    "auto_update integer not null default 0",
    "expires_at text",
    "source text",
  ];
  for (const column of columns) await sql`alter table images add column ${sql.raw(column)}`.execute(db);
}

/** The default project's configuration was a setting, when there was no other. */
async function projects(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`create table projects (name text primary key, description text not null, config text not null) strict`,
    sql`insert into projects (name, description, config)
      select 'default', 'Default Lodge project', value from settings where key = 'project.default'`,
    sql`delete from settings where key = 'project.default'`,
    sql`alter table operations add column project text not null default 'default'`,
  ];
  for (const statement of statements) await statement.execute(db);
}

async function warnings(db: Kysely<unknown>): Promise<void> {
  const statement = sql`create table warnings (
    uuid text primary key,
    type text not null,
    project text not null,
    entity text not null,
    severity text not null,
    status text not null,
    message text not null,
    count integer not null,
    first_seen_at text not null,
    last_seen_at text not null,
    updated_at text not null,
    unique (type, project, entity)
  ) strict`;
  await statement.execute(db);
}

async function imageProfiles(db: Kysely<unknown>): Promise<void> {
  await sql`alter table images add column profiles text`.execute(db);
}

async function instanceMetadata(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`alter table images add column templates text`,
    sql`create table instance_metadata (
      instance text primary key references instances (id) on delete cascade,
      metadata text not null,
      files text not null
    ) strict`,
  ];
  for (const statement of statements) await statement.execute(db);
}

/** Projects have images and aliases of their own. SQLite changes no primary key: the tables are made anew. */
async function projectImages(db: Kysely<unknown>): Promise<void> {
  const columns =
    "fingerprint, type, architecture, filename, size, public, properties, split, created_at, uploaded_at, last_used_at, cached, auto_update, expires_at, source, profiles, templates";
  const statements = [
    sql`create table new_images (
      project text not null,
      fingerprint text not null,
      type text not null,
      architecture text not null,
      filename text not null,
      size integer not null,
      public integer not null,
      properties text not null,
      split integer not null,
      created_at text not null,
      uploaded_at text not null,
      last_used_at text,
      cached integer not null,
      auto_update integer not null,
      expires_at text,
      source text,
      profiles text,
      templates text,
      primary key (project, fingerprint)
    ) strict`,
    sql`insert into new_images (project, ${sql.raw(columns)}) select 'default', ${sql.raw(columns)} from images`,
    sql`create table new_aliases (
      project text not null,
      name text not null,
      type text not null,
      fingerprint text not null,
      description text not null,
      primary key (project, name, type),
      foreign key (project, fingerprint) references new_images (project, fingerprint) on delete cascade
    ) strict`,
    sql`insert into new_aliases (project, name, type, fingerprint, description)
      select 'default', name, type, fingerprint, description from aliases`,
    sql`drop table aliases`,
    sql`drop table images`,
    sql`alter table new_images rename to images`,
    sql`alter table new_aliases rename to aliases`,
    sql`create index aliases_by_image on aliases (project, fingerprint)`,
  ];
  for (const statement of statements) await statement.execute(db);
}

async function governorLog(db: Kysely<unknown>): Promise<void> {
  await sql`create table governor_log (
    id integer primary key,
    at text not null,
    project text not null,
    instance text not null,
    resource text not null,
    action text not null,
    "from" real not null,
    "to" real not null,
    reason text not null,
    observed integer not null
  ) strict`.execute(db);
}
