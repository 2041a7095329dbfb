import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where `npm run bench:peers` keeps what it fetched. */
export const peersDirectory = process.env["LODGE_BENCH_PEERS"] || join(homedir(), ".cache", "lodge-bench");

/** Files of the peers' packages, as they would lie beneath `/`. */
export const peersRoot = join(peersDirectory, "root");

/** LXD's client, which a host that has it installed does not need to fetch. */
const fetchedLxc = join(peersRoot, "usr", "bin", "lxc");
export const lxcProgram = existsSync(fetchedLxc) ? fetchedLxc : "lxc";

/** What is fetched, with what it depends on. */
export const peerPackages = [
  "docker.io",
  "runc",
  "podman",
  "lxd",
  "lxd-client",
  "libvirt-daemon",
  "libvirt-daemon-driver-qemu",
  "libvirt-clients",
  "catatonit",
  "iperf3",
  "fio",
  "strace",
] as const;
