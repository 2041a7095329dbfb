import { idBaseFor, type Store } from "@lodge/core";

/**
 * The first host id of this LODGE_DIR, fixed at its first start. The tag spreads LODGE_DIRs over the slots, so that two on one
 * host rarely share ids; sharing them would weaken the isolation between them and nothing else.
 */
export async function hostIdBase(store: Pick<Store, "settings">, tag: string): Promise<number> {
  const key = "id_base";
  const stored = await store.settings.get(key);
  if (stored) return Number(stored.value);
  const base = idBaseFor(Number.parseInt(tag, 16));
  await store.settings.put({ key, value: String(base) });
  return base;
}
