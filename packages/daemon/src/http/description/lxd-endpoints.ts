/**
 * The endpoints of LXD 5.0.2's documented REST API, and what Lodge has of each. Incus' API has the same where it is as old. A path and
 * its methods stand once; without a word they work.
 */
export interface LxdEndpoint {
  readonly path: string;
  /** Separated by blanks. */
  readonly methods: string;
  /** It works, and this is not as in LXD. */
  readonly differs?: string;
  /** It is not there, and why. */
  readonly missing?: string;
  /** Lodge's own path, where that one says less. */
  readonly route?: string;
  /** Lodge's path for `GET` of the rest, beside `route`. */
  readonly reads?: string;
}

const oneHost = "Lodge runs on one host: there is no cluster";
const volume = "/1.0/storage-pools/{name}/volumes/{type}/{volume}";
const route = "/1.0/storage-pools/{name}/volumes/custom/{volume}";
const custom = "custom volumes; what instances and images have is shown, and changes with those alone";
const owned = "/1.0/storage-pools/{name}/volumes/{type}";

export const lxdEndpoints: readonly LxdEndpoint[] = [
  { path: "/", methods: "GET" },
  { path: "/1.0", methods: "GET PUT PATCH", differs: "the configuration keys are Lodge's; `driver` is crun and qemu" },
  { path: "/1.0/certificates", methods: "GET POST", differs: "passwords are never accepted: use tokens" },
  { path: "/1.0/certificates/{fingerprint}", methods: "GET PUT PATCH DELETE" },
  { path: "/1.0/cluster", methods: "GET", differs: "always says that the server is not clustered" },
  { path: "/1.0/cluster", methods: "PUT", missing: oneHost },
  { path: "/1.0/cluster/certificate", methods: "PUT", missing: oneHost },
  { path: "/1.0/cluster/groups", methods: "GET POST", missing: oneHost },
  { path: "/1.0/cluster/groups/{name}", methods: "GET PUT PATCH POST DELETE", missing: oneHost },
  { path: "/1.0/cluster/members", methods: "GET POST", missing: oneHost },
  { path: "/1.0/cluster/members/{name}", methods: "GET PUT PATCH POST DELETE", missing: oneHost },
  { path: "/1.0/cluster/members/{name}/state", methods: "POST", missing: oneHost },
  { path: "/1.0/events", methods: "GET" },
  { path: "/1.0/images", methods: "GET POST" },
  { path: "/1.0/images/{fingerprint}", methods: "GET PUT PATCH DELETE" },
  { path: "/1.0/images/{fingerprint}/export", methods: "GET POST" },
  { path: "/1.0/images/{fingerprint}/refresh", methods: "POST" },
  { path: "/1.0/images/{fingerprint}/secret", methods: "POST" },
  { path: "/1.0/images/aliases", methods: "GET POST", differs: "one name may stand for an image of each type" },
  {
    path: "/1.0/images/aliases/{name}",
    methods: "GET PUT PATCH POST DELETE",
    differs: "of two images of one name `?type=` chooses, else it is the container's; the other is `NAME/vm`, too",
    route: "/1.0/images/aliases/*",
  },
  {
    path: "/1.0/instances",
    methods: "GET POST PUT",
    differs:
      "a migration brings no memory along: what runs is refused unless `live` is false; a container's refresh (`source.refresh`) from another server sends all again",
  },
  {
    path: "/1.0/instances/{name}",
    methods: "GET PUT PATCH POST DELETE",
    differs:
      "`volatile.*` is the daemon's: other values are refused, at the end of a refresh the source's are left aside",
  },
  {
    path: "/1.0/instances/{name}/backups",
    methods: "GET POST",
    differs: "a backup is written when it is fetched: its size is not known before, so that clients show no percentage",
  },
  { path: "/1.0/instances/{name}/backups/{backup}", methods: "GET POST DELETE" },
  { path: "/1.0/instances/{name}/backups/{backup}/export", methods: "GET" },
  {
    path: "/1.0/instances/{name}/console",
    methods: "GET POST DELETE",
    differs: "`type: vga` speaks RFB (VNC) and not SPICE",
  },
  { path: "/1.0/instances/{name}/exec", methods: "POST" },
  {
    path: "/1.0/instances/{name}/files",
    methods: "GET HEAD POST PATCH DELETE",
    differs:
      "`PATCH` gives a new name, and `recursion=1` says of a directory what is in it (Lodge: `lodge_file_rename`, `lodge_file_entries`)",
  },
  { path: "/1.0/instances/{name}/logs", methods: "GET" },
  {
    path: "/1.0/instances/{name}/logs/{filename}",
    methods: "GET DELETE",
    differs: "`console.log`, and `lxc.log` or `qemu.log`",
  },
  { path: "/1.0/instances/{name}/metadata", methods: "GET PUT PATCH" },
  {
    path: "/1.0/instances/{name}/metadata/templates",
    methods: "GET POST DELETE",
    differs:
      "a virtual machine's files are written by its guest when Lodge first reaches that in a run, before anything else is asked of it; what the guest begins by itself may come earlier",
  },
  { path: "/1.0/instances/{name}/sftp", methods: "GET" },
  { path: "/1.0/instances/{name}/snapshots", methods: "GET POST" },
  { path: "/1.0/instances/{name}/snapshots/{snapshot}", methods: "GET PUT PATCH POST DELETE" },
  { path: "/1.0/instances/{name}/state", methods: "GET PUT" },
  { path: "/1.0/metrics", methods: "GET" },
  { path: "/1.0/network-acls", methods: "GET POST", missing: "networks have `bridge.peers` and filters on each nic" },
  { path: "/1.0/network-acls/{name}", methods: "GET PUT PATCH POST DELETE", missing: "as above" },
  { path: "/1.0/network-acls/{name}/log", methods: "GET", missing: "as above" },
  { path: "/1.0/network-zones", methods: "GET POST", missing: "names are served on each network alone" },
  { path: "/1.0/network-zones/{name}", methods: "GET PUT PATCH DELETE", missing: "as above" },
  { path: "/1.0/network-zones/{zone}/records", methods: "GET POST", missing: "as above" },
  { path: "/1.0/network-zones/{zone}/records/{name}", methods: "GET PUT PATCH DELETE", missing: "as above" },
  { path: "/1.0/networks", methods: "GET POST", differs: "bridges only; interfaces of the host are not listed" },
  { path: "/1.0/networks/{name}", methods: "GET PUT PATCH POST DELETE" },
  { path: "/1.0/networks/{name}/leases", methods: "GET", differs: "the addresses that are reserved" },
  { path: "/1.0/networks/{name}/state", methods: "GET" },
  { path: "/1.0/networks/{name}/forwards", methods: "GET POST" },
  { path: "/1.0/networks/{name}/forwards/{address}", methods: "GET PUT PATCH DELETE" },
  { path: "/1.0/networks/{name}/peers", methods: "GET POST", missing: "the key `bridge.peers` of a network instead" },
  { path: "/1.0/networks/{name}/peers/{peer}", methods: "GET PUT PATCH DELETE", missing: "as above" },
  { path: "/1.0/operations", methods: "GET" },
  { path: "/1.0/operations/{id}", methods: "GET DELETE" },
  { path: "/1.0/operations/{id}/wait", methods: "GET" },
  { path: "/1.0/operations/{id}/websocket", methods: "GET" },
  { path: "/1.0/profiles", methods: "GET POST" },
  { path: "/1.0/profiles/{name}", methods: "GET PUT PATCH POST DELETE" },
  {
    path: "/1.0/projects",
    methods: "GET POST",
    differs:
      "`features.networks` can only be false: LXD and Incus keep bridges in the project `default` as well, and refuse them in others when they are made",
  },
  { path: "/1.0/projects/{name}", methods: "GET PUT PATCH POST DELETE" },
  { path: "/1.0/projects/{name}/state", methods: "GET" },
  { path: "/1.0/resources", methods: "GET" },
  { path: "/1.0/storage-pools", methods: "GET POST", differs: "drivers `dir` and `btrfs`" },
  { path: "/1.0/storage-pools/{name}", methods: "GET PUT PATCH DELETE" },
  { path: "/1.0/storage-pools/{name}/resources", methods: "GET" },
  { path: "/1.0/storage-pools/{name}/volumes", methods: "GET POST", differs: custom },
  {
    path: "/1.0/storage-pools/{name}/volumes/{type}",
    methods: "GET POST",
    differs: "`POST`: custom ones",
    route: "/1.0/storage-pools/{name}/volumes/custom",
    reads: owned,
  },
  {
    path: volume,
    methods: "GET PUT PATCH POST DELETE",
    differs: "all but `GET`: custom ones",
    route,
    reads: `${owned}/{volume}`,
  },
  { path: `${volume}/backups`, methods: "GET POST", route: `${route}/backups` },
  { path: `${volume}/backups/{backup}`, methods: "GET POST DELETE", route: `${route}/backups/{backup}` },
  { path: `${volume}/backups/{backup}/export`, methods: "GET", route: `${route}/backups/{backup}/export` },
  { path: `${volume}/files`, methods: "GET HEAD POST DELETE", route: `${route}/files`, differs: "of custom ones" },
  { path: `${volume}/sftp`, methods: "GET", route: `${route}/sftp`, differs: "of custom ones" },
  {
    path: `${volume}/snapshots`,
    methods: "GET POST",
    differs: "`POST`: of custom ones",
    route: `${route}/snapshots`,
    reads: `${owned}/{volume}/snapshots`,
  },
  {
    path: `${volume}/snapshots/{snapshot}`,
    methods: "GET PUT PATCH POST DELETE",
    differs: "all but `GET`: of custom ones",
    route: `${route}/snapshots/{snapshot}`,
    reads: `${owned}/{volume}/snapshots/{snapshot}`,
  },
  { path: `${volume}/state`, methods: "GET", route: `${route}/state`, reads: `${owned}/{volume}/state` },
  { path: "/1.0/warnings", methods: "GET" },
  { path: "/1.0/warnings/{uuid}", methods: "GET PUT PATCH DELETE", differs: "what is over resolves by itself" },
];

/** Routes that LXD 5.0.2 does not have, with where they come from. */
export const otherRoutes: Readonly<Record<string, string>> = {
  "/1.0/openapi.json": "Lodge",
  "/api": "Lodge",
  "/1.0/metadata/configuration": "later LXD and Incus; empty",
  "/1.0/instances/{name}/rebuild": "later LXD and Incus",
  "/1.0/instances/{name}/logs/exec-output": "later LXD and Incus",
  "/1.0/instances/{name}/logs/exec-output/{file}": "later LXD and Incus",
  "/1.0/instances/{name}/fork": "Lodge: `lodge_fork`",
  "/1.0/instances/{name}/keys": "Lodge: `lodge_keys`",
  "/1.0/instances/{name}/screenshot": "Lodge: `lodge_screenshot`",
  "/1.0/images/build": "Lodge: `lodge_image_build`",
  "/1.0/images/definitions": "Lodge: `lodge_image_build`",
  "/1.0/images/remote": "Lodge: `lodge_image_servers`",
  "/1.0/lodge/certificate": "Lodge: `lodge_certificate_renewal`",
  "/ui": "Lodge: `lodge_console`",
  "/ui/*": "Lodge: `lodge_console`",
  "/1.0/lodge/console/link": "Lodge: `lodge_console`",
  "/1.0/lodge/console/session": "Lodge: `lodge_console`",
  "/1.0/lodge/host": "Lodge: `lodge_host_info`",
  "/1.0/lodge/host/shutdown": "Lodge: `lodge_host_shutdown`",
  "/1.0/governor": "Lodge: `lodge_governor`",
  "/1.0/governor/log": "Lodge: `lodge_governor`",
  "/1.0/usage": "Lodge: `lodge_usage`",
  "/1.0/history": "Lodge: `lodge_history`",
  "/1.0/instances/{name}/history": "Lodge: `lodge_history`",
  "/1.0/templates": "Lodge: `lodge_templates`",
  "/1.0/templates/{id}": "Lodge: `lodge_templates`",
};
