import type { SqliteFile } from "./open-database.ts";

/** By table, those whose rows go with its rows, as the database itself says. */
export function ownedTables(file: SqliteFile): ReadonlyMap<string, readonly string[]> {
  const tables = file.prepare<[], { name: string }>("select name from sqlite_master where type = 'table'").all();
  const owned = new Map<string, string[]>(tables.map(({ name }) => [name, []]));
  for (const { name } of tables) {
    const keys = file.pragma(`foreign_key_list("${name}")`) as { readonly table: string; readonly on_delete: string }[];
    for (const { table, on_delete } of keys) if (on_delete === "CASCADE") owned.get(table)?.push(name);
  }
  // And those that go with these.
  for (const own of owned.values()) {
    for (const each of own) own.push(...(owned.get(each) ?? []).filter((further) => !own.includes(further)));
  }
  return owned;
}
