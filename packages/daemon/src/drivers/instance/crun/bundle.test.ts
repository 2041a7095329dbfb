import { describe, expect, test } from "vitest";
import { type BundleHost, ociConfig, processPrivileges } from "./bundle.ts";
import { containerCapabilities } from "./capabilities.ts";
import { seccompProfile } from "./seccomp.ts";

const host: BundleHost = {
  architecture: "x64",
  layout: "v2",
  openFiles: 20_000,
  oomScoreAdjust: 0,
  boundingCapabilities: 0x1fffeffffffn,
  devices: [{ path: "/dev/fuse", source: "/run/x/fuse", major: 10, minor: 229 }],
};
const pair = { user: "/run/x/ns/user", network: "/run/x/ns/net" };

interface Overrides {
  host?: Partial<BundleHost>;
  namespaces?: { user?: string; network: string };
  nesting?: boolean;
}

function configOf(overrides: Overrides = {}) {
  return ociConfig({
    name: "web",
    uuid: "0d4d2b1e-3c60-4b1c-8d6a-5a6e0f1d2c3b",
    rootPath: "/pools/root",
    namespaces: overrides.namespaces ?? pair,
    cgroupsPath: "/lodge-abcdef/00000001",
    deviceDirectory: "/run/x/devices",
    procView: [{ destination: "/proc/meminfo", type: "bind", source: "/lxcfs/proc/meminfo", options: ["bind"] }],
    environment: { FOO: "a=b", container: "docker" },
    nesting: overrides.nesting ?? false,
    outOfMemoryScore: 300,
    host: { ...host, ...overrides.host },
  });
}

test("a container has the distribution's init, a console, its name and root", () => {
  const config = configOf();
  expect(config.hostname).toBe("web");
  expect(config.root).toEqual({ path: "/pools/root", readonly: false });
  expect(config.process).toMatchObject({ args: ["/sbin/init"], terminal: true, noNewPrivileges: false });
  expect(config.linux.cgroupsPath).toBe("/lodge-abcdef/00000001");
});

test("init is told where it is, whatever the configuration says", () => {
  expect(configOf().process.env).toEqual([
    expect.stringMatching(/^PATH=/),
    "TERM=xterm-256color",
    "FOO=a=b",
    "container=lodge",
    "container_uuid=0d4d2b1e-3c60-4b1c-8d6a-5a6e0f1d2c3b",
  ]);
});

describe("namespaces", () => {
  const own = ["pid", "mount", "ipc", "uts", "cgroup"].map((type) => ({ type }));
  test.each([
    ["unprivileged", pair, [{ type: "user", path: pair.user }, { type: "network", path: pair.network }, ...own]],
    ["privileged", { network: "/n" }, [{ type: "network", path: "/n" }, ...own]],
  ])("%s", (_name, namespaces, expected) => {
    expect(configOf({ namespaces }).linux.namespaces).toEqual(expected);
  });
});

test.each([
  [-900, 300],
  [0, 300],
  [500, 500],
])("a daemon with oom_score_adj %d gives %d", (oomScoreAdjust, given) => {
  expect(configOf({ host: { oomScoreAdjust } }).process.oomScoreAdj).toBe(given);
});

test.each([
  [20_000, 1024],
  [512, 512],
])("no limit of open files is above the daemon's %d", (openFiles, soft) => {
  expect(configOf({ host: { openFiles } }).process.rlimits).toEqual([{ type: "RLIMIT_NOFILE", soft, hard: openFiles }]);
});

test("/sys is read-only, and the cgroup tree writable on v2", () => {
  const { mounts } = configOf();
  expect(mounts.find((mount) => mount.destination === "/sys")?.options).toContain("ro");
  expect(mounts.find((mount) => mount.destination === "/sys/fs/cgroup")?.options).toContain("rw");
  expect(mounts.find((mount) => mount.destination === "/dev/fuse")).toMatchObject({
    type: "bind",
    source: "/run/x/fuse",
  });
});

test.each([
  [false, pair, true],
  [true, pair, false],
  [true, { network: "/n" }, true],
])(
  "with nesting %s in %j paths of the kernel are hidden, and files of its own served: %s",
  (nesting, namespaces, hidden) => {
    const { linux, mounts } = configOf({ nesting, namespaces });
    expect("maskedPaths" in linux).toBe(hidden);
    expect(mounts.some(({ destination }) => destination === "/proc/meminfo")).toBe(hidden);
  },
);

test("devices are denied but for those that do no harm and those shared", () => {
  const [first, ...rest] = configOf().linux.resources.devices;
  expect(first).toEqual({ allow: false, access: "rwm" });
  expect(rest.filter((rule) => rule.access !== "m").map((rule) => "major" in rule && rule.major)).toEqual([
    ...[1, 1, 1, 1, 1, 5, 5, 5, 136, 10],
  ]);
});

test("mounts in its device directory come from the host, and none goes there", () => {
  const mount = configOf().mounts.find(({ source }) => source === "/run/x/devices");
  expect(mount).toMatchObject({ destination: "/dev/.lodge", options: expect.arrayContaining(["rslave", "ro"]) });
});

describe("capabilities", () => {
  const beyond = ["CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_TIME", "CAP_MAC_ADMIN", "CAP_BPF", "CAP_SYSLOG"];
  test("none reaches beyond the container", () => {
    for (const name of beyond) expect(containerCapabilities(undefined)).not.toContain(name);
    expect(containerCapabilities(undefined)).toEqual(expect.arrayContaining(["CAP_SYS_ADMIN", "CAP_SYS_RESOURCE"]));
  });
  test("a privileged container gets none that the daemon lacks, an unprivileged one has its own", () => {
    expect(processPrivileges(host, { network: "/n" }).capabilities.bounding).not.toContain("CAP_SYS_RESOURCE");
    expect(processPrivileges(host, pair).capabilities.bounding).toContain("CAP_SYS_RESOURCE");
  });
});

test.each([
  ["x64", ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]],
  ["arm64", ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]],
])("system calls of %s are filtered", (architecture, architectures) => {
  const profile = seccompProfile(architecture);
  expect(profile.architectures).toEqual(architectures);
  const denied = profile.syscalls.flatMap((rule) => [...rule.names]);
  expect(denied).toEqual(expect.arrayContaining(["kexec_load", "init_module", "bpf", "io_uring_setup"]));
  // systemd needs these.
  for (const name of ["mount", "reboot", "unshare", "setns", "keyctl", "pivot_root"])
    expect(denied).not.toContain(name);
});
