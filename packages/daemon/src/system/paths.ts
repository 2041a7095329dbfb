import { createHash } from "node:crypto";
import { join } from "node:path";
import type { InstanceId } from "@lodge/core";

/** Where everything of one LODGE_DIR lies. */
export class LodgePaths {
  readonly root: string;
  constructor(root: string) {
    this.root = root;
  }
  /** Six hexadecimal digits that tell this LODGE_DIR's interfaces, cgroups and nft tables from another's. */
  get tag(): string {
    return createHash("sha256").update(this.root).digest("hex").slice(0, 6);
  }
  get socket() {
    return join(this.root, "unix.socket");
  }
  get pidFile() {
    return join(this.root, "lodged.pid");
  }
  get database() {
    return join(this.root, "lodge.db");
  }
  get serverCertificate() {
    return join(this.root, "server.crt");
  }
  get serverKey() {
    return join(this.root, "server.key");
  }
  /** Takes room that is needed when there is none. */
  get putBy() {
    return join(this.root, "put-by");
  }
  get logs() {
    return join(this.root, "logs");
  }
  /** Pinned namespaces: `mnt` (one that outlives the daemon), `net` (the network fabric). */
  get namespaces() {
    return join(this.root, "ns");
  }
  get images() {
    return join(this.root, "images");
  }
  /** Uploads and builds under way; emptied at daemon start. */
  get staging() {
    return join(this.root, "staging");
  }
  pool(name: string) {
    return join(this.root, "pools", name);
  }
  /** A file that a pool lies in. */
  disk(pool: string) {
    return join(this.root, "disks", `${pool}.img`);
  }
  /** State of the network driver: dnsmasq's configuration, hosts and leases. */
  get networks() {
    return join(this.root, "networks");
  }
  /** What outlives a run and not the instance: logs, keys. */
  instance(id: InstanceId) {
    return join(this.root, "instances", id);
  }
  /** What belongs to one run: sockets, pid files, bundle. */
  run(id: InstanceId) {
    return join(this.root, "run", id);
  }
}
