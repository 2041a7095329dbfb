import type { HostFinding, LodgeError, WarningSeverity } from "@lodge/api";
import { problemOf } from "../instances/life/problem.ts";
import type { ImageRecord, InstanceRecord } from "../store.ts";

/** Something that is not as it should be, now. The same type about the same entity is the same trouble. */
export interface Trouble {
  readonly type: string;
  readonly severity: WarningSeverity;
  /** Empty: of the whole server. */
  readonly project: string;
  /** A URL; empty: the host. */
  readonly entity: string;
  readonly message: string;
  /** When it came again, of what is tried again and again. */
  readonly at?: Date;
}

/** Instances that should run and do not. */
export function instanceTroubles(records: readonly InstanceRecord[]): Trouble[] {
  return records.flatMap((record) => {
    const message = problemOf(record);
    if (message === undefined || record.life !== "present") return [];
    const { name, project } = record;
    const entity = `/1.0/instances/${encodeURIComponent(name)}?project=${encodeURIComponent(project)}`;
    return [
      { type: "Instance failed to start or to keep running", severity: "high" as const, project, entity, message },
    ];
  });
}

/** Pools that cannot be opened. */
export function poolTroubles(problems: ReadonlyMap<string, LodgeError>): Trouble[] {
  return [...problems].map(([name, { message }]) => ({
    ...{ type: "Storage pool unavailable", severity: "high" as const, project: "" },
    ...{ entity: `/1.0/storage-pools/${encodeURIComponent(name)}`, message },
  }));
}

/** Images that could not be brought up to date at the last attempt. */
export function imageTroubles(
  failures: ReadonlyMap<string, { readonly at: Date; readonly message: string }>,
  images: readonly Pick<ImageRecord, "fingerprint">[],
): Trouble[] {
  return images.flatMap(({ fingerprint }) => {
    const failure = failures.get(fingerprint);
    if (!failure) return [];
    const what = { type: "Image could not be brought up to date", severity: "low" as const, project: "" };
    return [{ ...what, entity: `/1.0/images/${fingerprint}`, ...failure }];
  });
}

/** What of a host is worth a warning where it is missing. The rest is told by `lodge host info` alone. */
const severities: Readonly<Record<string, WarningSeverity>> = {
  ...{ cgroup: "high", "user-namespaces": "high", overlayfs: "high", "idmapped-layers": "high" },
  ...{
    limits: "moderate",
    kvm: "moderate",
    privileges: "moderate",
    inotify: "low",
    ovmf: "moderate",
    virtiofsd: "low",
  },
};

/** What the host lacks: of the kernel, by the table; of programs, all. */
export function hostTroubles(findings: readonly (HostFinding & { readonly program?: boolean })[]): Trouble[] {
  return findings.flatMap(({ name, ok, detail, program }) => {
    const severity = severities[name] ?? (program ? "moderate" : undefined);
    if (ok || !severity) return [];
    return [{ type: `Not available on the host: ${name}`, severity, project: "", entity: "", message: detail }];
  });
}
