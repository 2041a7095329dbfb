/**
 * Notices that an administrator put back an older copy of the database. Instances and images made since then are unknown to
 * it, and what no record names is otherwise removed: until the administrator has looked, it is kept.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Log, Store } from "@lodge/core";

const key = "starts";

/** Counts the daemon's starts in the database and beside it, at `path.starts`; the copy of a database lags behind. */
export async function keepsUnknown(store: Pick<Store, "settings">, path: string, log: Log): Promise<boolean> {
  const beside = `${path}.starts`;
  const mark = `${path}.restored`;
  const [inside, outside] = [Number((await store.settings.get(key))?.value ?? 0), readCount(beside)];
  if (inside < outside) writeFileSync(mark, explanation, { mode: 0o600 });
  const next = String(Math.max(inside, outside) + 1);
  // The database first: a daemon that dies in between must not take it for a copy.
  await store.settings.put({ key, value: next });
  writeFileSync(beside, `${next}\n`, { mode: 0o600 });
  if (!existsSync(mark)) return false;
  log.warn({ mark }, "the database is an older copy: what it does not know is kept until this file is removed");
  return true;
}

function readCount(file: string): number {
  return existsSync(file) ? Number(readFileSync(file, "utf8")) || 0 : 0;
}

const explanation = `The database beside this file was replaced by an older copy. Root file systems and images that it does not know are kept
in pools/ and images/. Save what you need of them, then remove this file and restart the daemon: it removes them.
`;
