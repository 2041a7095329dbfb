import type { InstanceFull } from "@lodge/api";

/** Those whose name contains the text, or whose `type`, `status` or configuration key is what `key=value` says. */
export function filterInstances(instances: readonly InstanceFull[], filter: string | undefined): InstanceFull[] {
  if (!filter) return [...instances];
  const equals = filter.indexOf("=");
  if (equals < 1) return instances.filter(({ name }) => name.includes(filter));
  const key = filter.slice(0, equals);
  const value = filter.slice(equals + 1).toLowerCase();
  return instances.filter((instance) => property(instance, key)?.toLowerCase() === value);
}

function property(instance: InstanceFull, key: string): string | undefined {
  if (key === "name" || key === "type" || key === "status" || key === "architecture") return instance[key];
  if (key === "state") return instance.status;
  return instance.expanded_config[key];
}
