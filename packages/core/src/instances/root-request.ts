import type { RootRequest } from "../storage/pool.ts";
import type { InstanceRecord } from "../store.ts";

/** What a pool is asked for an instance's root. `size`: bytes, where its configuration asks for some. */
export function rootRequest(record: InstanceRecord, size: number | undefined): RootRequest {
  const { id, type, fingerprint } = record;
  return { id, type, ...(fingerprint !== undefined && { fingerprint }), ...(size !== undefined && { size }) };
}
