/** The OCI configuration of a system container: data to data. */
import type { CgroupLayout } from "../../../system/cgroups.ts";
import type { NamespacePair } from "../../../system/namespace-pair.ts";
import {
  bindOfDevice,
  bindOfDeviceDirectory,
  containerMounts,
  maskedPaths,
  type OciMount,
  readonlyPaths,
} from "./bundle-mounts.ts";
import { containerCapabilities } from "./capabilities.ts";
import { baseRules } from "./devices/rules.ts";
import { seccompProfile } from "./seccomp.ts";
import type { SharedDevice, SharedNode } from "./shared-devices.ts";

/** What the host allows and has. */
export interface BundleHost {
  /** As Node names it. */
  readonly architecture: string;
  readonly layout: CgroupLayout;
  /** The daemon's hard limit of open files: no container can have a higher one. */
  readonly openFiles: number;
  /** The daemon's /proc/self/oom_score_adj: only a higher one can be given. */
  readonly oomScoreAdjust: number;
  /** CapBnd of the daemon. */
  readonly boundingCapabilities: bigint;
  readonly devices: readonly SharedNode[];
}

export interface BundleRequest {
  readonly name: string;
  readonly uuid: string;
  readonly rootPath: string;
  readonly namespaces: NamespacePair;
  readonly cgroupsPath: string;
  /** See devices/placed.ts. */
  readonly deviceDirectory: string;
  /** See proc-view.ts. */
  readonly procView: readonly OciMount[];
  readonly environment: Readonly<Record<string, string>>;
  /** Whether containers may run inside this one. */
  readonly nesting: boolean;
  /** See out-of-memory.ts. */
  readonly outOfMemoryScore: number;
  readonly host: BundleHost;
}

/** The search path of init and of `exec`. */
export const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function ociConfig(request: BundleRequest) {
  const { host, namespaces } = request;
  return {
    ociVersion: "1.0.2",
    hostname: request.name,
    root: { path: request.rootPath, readonly: false },
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ["/sbin/init"],
      env: initEnvironment(request),
      cwd: "/",
      ...processPrivileges(host, namespaces),
      oomScoreAdj: Math.max(request.outOfMemoryScore, host.oomScoreAdjust),
    },
    mounts: [
      ...containerMounts(host.layout),
      ...(mountsProcInside(request) ? [] : request.procView),
      ...host.devices.map(bindOfDevice),
      bindOfDeviceDirectory(request.deviceDirectory),
    ],
    linux: {
      namespaces: [
        ...(namespaces.user ? [{ type: "user", path: namespaces.user }] : []),
        { type: "network", path: namespaces.network },
        ...["pid", "mount", "ipc", "uts", "cgroup"].map((type) => ({ type })),
      ],
      cgroupsPath: request.cgroupsPath,
      rootfsPropagation: "slave",
      // Limits are set by Lodge once crun has made the group.
      resources: { devices: deviceRules(host.devices) },
      ...hiddenPaths(request),
      seccomp: seccompProfile(host.architecture),
    },
  } as const;
}

/**
 * A user namespace inside this one may mount a /proc and a /sys of its own only where it sees them whole. In a user namespace what
 * is hidden otherwise takes rights that nobody inside has; in the host's it does not.
 */
function hiddenPaths(request: BundleRequest) {
  return mountsProcInside(request) ? {} : { maskedPaths, readonlyPaths };
}

const mountsProcInside = ({ nesting, namespaces }: BundleRequest): boolean => nesting && namespaces.user !== undefined;

/** What init and the processes of `exec` may do. */
export function processPrivileges(host: BundleHost, namespaces: NamespacePair) {
  const capabilities = containerCapabilities(namespaces.user ? undefined : host.boundingCapabilities);
  return {
    // su and sudo work.
    noNewPrivileges: false,
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    // Node raises its own soft limit; programs that walk over all descriptors suffer from that.
    rlimits: [{ type: "RLIMIT_NOFILE", soft: Math.min(1024, host.openFiles), hard: host.openFiles }],
  } as const;
}

/** systemd knows by `container` where it is, and makes the machine id of `container_uuid` when the image has none. */
function initEnvironment({ environment, uuid }: BundleRequest): string[] {
  const variables = {
    PATH: defaultPath,
    TERM: "xterm-256color",
    ...environment,
    container: "lodge",
    container_uuid: uuid,
  };
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

function deviceRules(shared: readonly SharedDevice[]) {
  return [{ allow: false, access: "rwm" }, ...baseRules(shared).map((rule) => ({ allow: true, ...rule }))];
}
