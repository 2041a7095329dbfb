/** What drivers say of themselves, as events. */
import { type DriverEvents, type EventBus, type InstanceId, instanceUrl, type Store } from "@lodge/core";

export async function announceReady(
  store: Store,
  events: EventBus,
  id: Parameters<DriverEvents["ready"]>[0],
): Promise<void> {
  const record = await store.instances.get(id);
  if (record?.life === "present") events.lifecycle("instance-ready", instanceUrl(record.name), {}, record.project);
}

export async function announceStall(store: Store, events: EventBus, id: InstanceId, problem?: string): Promise<void> {
  const record = await store.instances.get(id);
  if (!record) return;
  const [action, context] = problem === undefined ? ["instance-resumed", {}] : ["instance-paused", { detail: problem }];
  events.lifecycle(action, instanceUrl(record.name), context, record.project);
}
