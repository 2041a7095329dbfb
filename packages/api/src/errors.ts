/**
 * The one error class of Lodge and its closed list of kinds. Free of zod, so that the CLI can import it.
 */

/** What sort of failure it is. Closed: every consumer may switch over it exhaustively. */
export const errorKinds = [
  "not_found",
  "invalid",
  "conflict",
  "precondition",
  "forbidden",
  "unavailable",
  "exhausted",
  "timeout",
  "unsupported",
  "internal",
] as const;
export type ErrorKind = (typeof errorKinds)[number];

/** HTTP status by kind: the only such table. */
export const httpStatus: Readonly<Record<ErrorKind, number>> = {
  not_found: 404,
  invalid: 400,
  conflict: 409,
  precondition: 412,
  forbidden: 403,
  unavailable: 503,
  exhausted: 507,
  timeout: 504,
  unsupported: 501,
  internal: 500,
};

/**
 * CLI exit status by kind: the only such table. `exec` and `shell` use 125, 126 and 127 for
 * Lodge's own failures instead, so that a guest's exit status can be told apart.
 */
export const exitStatus: Readonly<Record<ErrorKind, number>> = {
  internal: 1,
  invalid: 2,
  not_found: 3,
  conflict: 4,
  precondition: 5,
  forbidden: 6,
  unavailable: 7,
  exhausted: 8,
  timeout: 9,
  unsupported: 10,
};

export interface ErrorDetails {
  /** Stable machine-readable name, `noun_problem`, documented in docs/reference/errors.md. */
  readonly code: ErrorCode;
  /** What happened, to what, and what to do. */
  readonly message: string;
  readonly cause?: unknown;
}

/** Every failure that crosses a boundary of Lodge is one of these. */
export class LodgeError extends Error {
  readonly code: ErrorCode;

  constructor(details: ErrorDetails) {
    super(details.message, { cause: details.cause });
    this.name = "LodgeError";
    this.code = details.code;
  }

  /** The kind follows from the code: one code never has two statuses. */
  get kind(): ErrorKind {
    return errorCodes[this.code].kind;
  }
}

interface ErrorCodeEntry {
  readonly kind: ErrorKind;
  /** One sentence for the reference: when it happens and what to do. */
  readonly doc: string;
}

const define = <T extends Record<string, ErrorCodeEntry>>(codes: T): T => codes;

/** All codes, with their kind and documentation. docs/reference/errors.md is generated from this. */
export const errorCodes = define({
  instance_not_found: {
    kind: "not_found",
    doc: "No instance has that name in the project; `lodge list` shows those that exist.",
  },
  instance_exists: {
    kind: "conflict",
    doc: "The name is taken by another instance of the project; choose another name or delete that instance.",
  },
  instance_name_invalid: {
    kind: "invalid",
    doc: "Instance names are DNS labels: 1 to 63 letters, digits and hyphens, not starting with a digit or hyphen, not ending with a hyphen.",
  },
  instance_wrong_state: {
    kind: "conflict",
    doc: "The action does not fit the state the instance is in; the message names the state and the action that helps.",
  },
  instance_protected: {
    kind: "forbidden",
    doc: "`security.protection.delete` or `security.protection.start` forbids it; set the key to false first.",
  },
  instance_not_ready: {
    kind: "unavailable",
    doc: "The guest does not answer yet (booting) or any more; the message says what was seen. Wait with `lodge wait` or look at `lodge console`.",
  },
  guest_stalled: {
    kind: "unavailable",
    doc: "A virtual machine's guest stands still because the host has no room for what it writes. It goes on by itself, without a loss, once there is room; `lodge wait` waits for that.",
  },
  guest_unprepared: {
    kind: "unavailable",
    doc: "A virtual machine's guest has not opened Lodge's port in minutes: it is a system that was not made for Lodge, or its boot hangs. See and drive it by `lodge console`, `screenshot` and `keys`; docs/how-to/cloud-init.md says how a system gets exec.",
  },
  instance_start_failed: {
    kind: "internal",
    doc: "QEMU or crun failed to start the instance; the message carries the last lines of its log.",
  },
  host_shutting_down: {
    kind: "unavailable",
    doc: "The instances were shut down with the host (`lodge host shutdown`) and none is started any more; the next start of the daemon brings them back.",
  },
  instance_operation_failed: {
    kind: "internal",
    doc: "A runtime (QEMU, crun, conmon) refused an action on a running instance; the message carries its words.",
  },
  instance_has_snapshots: {
    kind: "conflict",
    doc: "A rebuild would leave snapshots of another root behind; delete the instance's snapshots first.",
  },
  state_unsupported: {
    kind: "unsupported",
    doc: "The memory of this instance cannot be kept: it is a container, or has a device whose state the host holds. The message names it; stop or copy the instance without its state.",
  },
  state_unusable: {
    kind: "internal",
    doc: "A kept state cannot be loaded: it is damaged, or of another machine; the message carries QEMU's words. It stays; `lodge start --stateless` boots without it.",
  },
  template_not_found: {
    kind: "not_found",
    doc: "The project has no template of that id; `lodge template list` shows those that exist.",
  },
  snapshot_not_found: {
    kind: "not_found",
    doc: "The instance has no snapshot of that name; `lodge snapshot list` shows those that exist.",
  },
  snapshot_exists: {
    kind: "conflict",
    doc: "The instance has a snapshot of that name; choose another name, or replace it with `--reuse`.",
  },
  snapshot_name_invalid: {
    kind: "invalid",
    doc: "Snapshot names have 1 to 64 characters, begin and end with a letter or digit and hold no white space, slash or other character that a URL or shell would have to quote.",
  },
  backup_not_found: {
    kind: "not_found",
    doc: "The instance or volume has no backup of that name; `GET …/NAME/backups` shows those that are kept.",
  },
  backup_exists: {
    kind: "conflict",
    doc: "The instance or volume has a backup of that name; choose another name, or delete it.",
  },
  backup_invalid: {
    kind: "invalid",
    doc: "What was to be imported is no backup, or a damaged one, or holds what must not be written to a host; the message says what. Nothing is kept of it.",
  },
  backup_base_missing: {
    kind: "precondition",
    doc: "An increment is of what changed since a snapshot that the instance does not have, or that is not its newest: import the backups that lie between first, in the order in which they were made.",
  },
  migration_failed: {
    kind: "unavailable",
    doc: "The other server of a copy or move gave up, went away, or does not speak Lodge's protocol (LXD and Incus do not); the message says which. The source is as it was, and nothing of it is kept on the target, unless the message says that it may be there.",
  },
  keys_invalid: {
    kind: "invalid",
    doc: "There is no such key, or no such character on a keyboard of that layout; `lodge help keys` says how keys are written.",
  },
  exec_not_found: { kind: "not_found", doc: "The command does not exist inside the instance (exit status 127)." },
  exec_not_executable: {
    kind: "invalid",
    doc: "The command exists inside the instance and cannot be executed (exit status 126).",
  },
  file_not_found: { kind: "not_found", doc: "No such file or directory inside the instance." },
  file_invalid: {
    kind: "invalid",
    doc: "The path or the kind of file does not fit the request (a directory where a file was expected, a path out of the root).",
  },
  config_key_unknown: {
    kind: "invalid",
    doc: "The configuration key does not exist; docs/reference/configuration.md lists those that do.",
  },
  config_key_readonly: {
    kind: "invalid",
    doc: "The configuration key is the daemon's own note (`volatile.*`): it can be read and sent back, not set.",
  },
  config_value_invalid: {
    kind: "invalid",
    doc: "The value does not fit its configuration key; the message says what does.",
  },
  raw_forbidden: {
    kind: "forbidden",
    doc: "A key that goes past Lodge (`raw.qemu`) is used on a host whose daemon does not allow it (LODGE_ALLOW_RAW).",
  },
  instance_expired: {
    kind: "conflict",
    doc: "The instance's time (`ttl`) is up: it does not start any more and is deleted unless it is protected. Another ttl gives it more time.",
  },
  device_source_invalid: {
    kind: "invalid",
    doc: "The source of a disk on the host is missing or is nothing that the device can be made of; the message says what was found.",
  },
  device_source_busy: {
    kind: "conflict",
    doc: "The source of a disk is in use by another running instance or program; stop that, or make it read-only in both.",
  },
  passthrough_unavailable: {
    kind: "unavailable",
    doc: "The host cannot give a device of its own to a virtual machine as it is set up now; the message says what is missing and how to turn it on.",
  },
  device_plug_failed: {
    kind: "internal",
    doc: "A device could not be added to or taken from a running instance: the guest or QEMU refused; the message carries its words.",
  },
  proxy_address_unusable: {
    kind: "conflict",
    doc: "A proxy cannot listen on its address: another program has it, or the side that listens has no such address. Choose another.",
  },
  request_invalid: { kind: "invalid", doc: "The request does not fit its schema; the message names the field." },
  request_not_found: { kind: "not_found", doc: "The API has no such path; see docs/reference/api.md." },
  etag_mismatch: {
    kind: "precondition",
    doc: "The object changed since it was read (If-Match); read it again and repeat the change.",
  },
  image_not_found: {
    kind: "not_found",
    doc: "No image has that fingerprint or alias; `lodge image list` shows those that exist, `lodge image build` makes one.",
  },
  image_exists: { kind: "conflict", doc: "An image with the same fingerprint is already there." },
  image_invalid: {
    kind: "invalid",
    doc: "The archive is damaged, truncated, of the wrong type, or holds paths that leave its root; nothing of it was kept.",
  },
  image_in_use: { kind: "conflict", doc: "Instances still use the image; delete them first." },
  image_type_mismatch: {
    kind: "invalid",
    doc: "The image has no variant of the asked type (container or virtual-machine).",
  },
  image_build_failed: {
    kind: "internal",
    doc: "Building the image failed; the message carries the last lines of the build log. Nothing of it was kept.",
  },
  image_definition_invalid: {
    kind: "invalid",
    doc: "The image definition does not fit its schema, see docs/reference/image-definitions.md.",
  },
  mirror_unreachable: {
    kind: "unavailable",
    doc: "The distribution mirror does not answer; check the network, proxy and the definition's mirror, then try again.",
  },
  image_server_unreachable: {
    kind: "unavailable",
    doc: "An image server does not answer, breaks off again and again, or shows a certificate for which nobody vouches; check its address and the network, then try again.",
  },
  image_server_invalid: {
    kind: "invalid",
    doc: "What an image server sends is not what it says: a wrong hash, more than was to come, files elsewhere than beneath it. Nothing of it was kept.",
  },
  image_push_failed: {
    kind: "unavailable",
    doc: "The server that an image is sent to does not answer, went away, or refused it; the message says which, in its own words. The image here is as it was.",
  },
  alias_not_found: { kind: "not_found", doc: "No image alias has that name." },
  alias_exists: { kind: "conflict", doc: "The alias is taken; remove it first." },
  operation_not_found: {
    kind: "not_found",
    doc: "No operation has that id (finished ones are kept for a short time).",
  },
  operation_not_cancellable: { kind: "conflict", doc: "The operation cannot be cancelled in its present state." },
  operation_cancelled: { kind: "conflict", doc: "The operation was cancelled and what it had done was undone." },
  operation_interrupted: {
    kind: "unavailable",
    doc: "The daemon stopped during the operation; it was undone at the next start. Repeat it.",
  },
  template_file_not_found: { kind: "not_found", doc: "The instance has no template of that name." },
  template_file_invalid: {
    kind: "invalid",
    doc: "The template of a file has something that templates cannot have here: see the guide about images.",
  },
  warning_not_found: { kind: "not_found", doc: "No warning has that UUID." },
  warning_resolved: { kind: "conflict", doc: "What the warning was about is over." },
  network_not_found: { kind: "not_found", doc: "No network has that name." },
  network_exists: {
    kind: "conflict",
    doc: "The name is taken by another network; choose another name or delete that network.",
  },
  network_in_use: {
    kind: "conflict",
    doc: "The change would break what uses the network; the message names the users and what to do first.",
  },
  network_address_taken: {
    kind: "conflict",
    doc: "The addresses overlap with those of another network or of the host, or another nic has the address; choose others.",
  },
  network_parent_invalid: {
    kind: "invalid",
    doc: "The host has no interface of that name, or none that a nic of that nictype can be on; the message says which there are.",
  },
  network_forward_not_found: { kind: "not_found", doc: "The network forwards no such address." },
  network_forward_exists: { kind: "conflict", doc: "The address is forwarded already; change that forward." },
  limit_in_use: {
    kind: "conflict",
    doc: "The instance runs and uses more than the new limit, and the kernel cannot take that away. Stop it first, or allow it more.",
  },
  limit_fixed: {
    kind: "precondition",
    doc: "The instance runs, and what it started with or its guest's system does not allow that limit before its next start; the message says why, and what it can have. Stop it first.",
  },
  limit_unmet: {
    kind: "conflict",
    doc: "The guest did not give or take as much as the new limit asks for; the message says what it has. The limit is what it was before.",
  },
  network_exhausted: { kind: "exhausted", doc: "The network has no free address left." },
  network_failed: { kind: "internal", doc: "The host refused a network change; the message carries the tool's words." },
  pool_not_found: { kind: "not_found", doc: "No storage pool has that name." },
  pool_exists: { kind: "conflict", doc: "The name is taken by another storage pool." },
  pool_in_use: {
    kind: "conflict",
    doc: "Something lies in the storage pool or names it; the message says what. Delete or move it first.",
  },
  pool_driver_unknown: {
    kind: "invalid",
    doc: "There is no such storage driver; the message names those that there are.",
  },
  pool_source_invalid: {
    kind: "invalid",
    doc: "The source is not what the storage driver can make a pool of, or holds something; nothing was changed on it.",
  },
  pool_unavailable: {
    kind: "unavailable",
    doc: "The storage pool could not be opened, the message says why; it is tried again every minute.",
  },
  volume_not_found: { kind: "not_found", doc: "The storage pool has no volume of that name." },
  volume_exists: { kind: "conflict", doc: "A volume of the pool has that name already; choose another one." },
  volume_name_invalid: {
    kind: "invalid",
    doc: "The name of a volume must be 1 to 64 characters without white space and quotes, and begin and end with a letter or digit.",
  },
  volume_in_use: {
    kind: "conflict",
    doc: "Instances or profiles have the volume as a disk; the message names them. Detach it first.",
  },
  pool_full: {
    kind: "exhausted",
    doc: "The storage pool has too little free space; what had been written was removed.",
  },
  pool_failed: { kind: "internal", doc: "The host refused a storage change; the message carries the tool's words." },
  disk_damaged: {
    kind: "internal",
    doc: "A disk of an instance, of a snapshot or of an image does not hold what was written to it; the message says which. Go back to a snapshot or a backup, or delete what is damaged.",
  },
  pool_size_unsupported: {
    kind: "unsupported",
    doc: "The pool's file system cannot limit a container's size (no project quota).",
  },
  profile_not_found: {
    kind: "not_found",
    doc: "No profile has that name; `lodge profile list` shows those that exist.",
  },
  profile_exists: { kind: "conflict", doc: "The name is taken by another profile of the project." },
  profile_name_invalid: {
    kind: "invalid",
    doc: "Profile names are 1 to 63 letters, digits, hyphens, underscores and full stops, and begin with a letter or digit.",
  },
  profile_in_use: {
    kind: "conflict",
    doc: "Instances use the profile, the message names them; take it off them first (`lodge profile remove`).",
  },
  profile_protected: {
    kind: "forbidden",
    doc: "The profile `default` is what instances get unless they are told otherwise: it can be changed, not deleted or renamed.",
  },
  project_not_found: {
    kind: "not_found",
    doc: "No project has that name; `lodge project list` shows those that exist.",
  },
  project_exists: { kind: "conflict", doc: "The name is taken by another project." },
  project_name_invalid: {
    kind: "invalid",
    doc: "Project names are 1 to 63 letters, digits, hyphens and full stops, and begin and end with a letter or digit.",
  },
  project_in_use: {
    kind: "conflict",
    doc: "The project is not empty, the message says what is in it: a project is deleted and renamed, and its features change, while nothing is.",
  },
  project_protected: {
    kind: "forbidden",
    doc: "The project `default` holds what other projects share: it can be configured, not deleted or renamed, and has every feature.",
  },
  project_limit_exceeded: {
    kind: "exhausted",
    doc: "The project would take more than one of its limits (`limits.…`) allows; the message has the numbers.",
  },
  project_restricted: {
    kind: "forbidden",
    doc: "A restriction of the project (`restricted.…`) does not allow that; the message names the key.",
  },
  limit_exceeds_host: {
    kind: "exhausted",
    doc: "The instance asks for more memory or CPU than the host has; lower the limit.",
  },
  memory_promised: {
    kind: "exhausted",
    doc: "The memory that instances were promised leaves too little for this one to start; the message has the arithmetic. Stop another, lower `limits.memory.min` or raise `governor.memory.budget`.",
  },
  host_tool_missing: {
    kind: "unavailable",
    doc: "A program that Lodge needs is not installed; the message names it and its Debian package.",
  },
  host_unsupported: {
    kind: "unsupported",
    doc: "The host's kernel or architecture lacks what the request needs; `lodge host info` says what was found.",
  },
  not_supported: { kind: "unsupported", doc: "This driver or instance type cannot do that." },
  daemon_unreachable: {
    kind: "unavailable",
    doc: "The daemon does not answer on its socket; start it (`npm start`) or set LODGE_DIR / LODGE_SOCKET.",
  },
  daemon_running: { kind: "conflict", doc: "Another lodged already serves this LODGE_DIR; stop it or choose another." },
  daemon_dir_invalid: {
    kind: "invalid",
    doc: "LODGE_DIR cannot be used (its socket path would be longer than 107 bytes, or it is no directory).",
  },
  database_corrupt: {
    kind: "internal",
    doc: "The database failed its integrity check; the message says how to restore the copy that Lodge keeps.",
  },
  database_newer: {
    kind: "unsupported",
    doc: "The database was written by a newer Lodge; start that version or a later one. Nothing was changed.",
  },
  permission_denied: {
    kind: "forbidden",
    doc: "The caller may not do this. On the host, be root or a member of the group `lodge`; over HTTPS, be trusted (`lodge remote add`) with what it needs (docs/how-to/remote.md).",
  },
  certificate_not_found: {
    kind: "not_found",
    doc: "No certificate with that fingerprint is trusted; `lodge config trust list` shows those that are.",
  },
  certificate_exists: {
    kind: "conflict",
    doc: "The certificate is trusted already; remove it first, or change what it is trusted with (`lodge config trust edit`).",
  },
  certificate_invalid: {
    kind: "invalid",
    doc: "The certificate cannot be read, is expired or not valid yet; the message says which. Clocks that differ look the same.",
  },
  server_unknown: {
    kind: "forbidden",
    doc: "A remote shows another certificate than the one that was accepted for it, or one that is not valid now. Find out why before you remove the remote and add it again.",
  },
  remote_not_found: {
    kind: "not_found",
    doc: "No remote has that name; `lodge remote list` shows those that there are.",
  },
  remote_exists: {
    kind: "conflict",
    doc: "The name is taken by another remote; choose another name, or remove that remote.",
  },
  trust_refused: {
    kind: "forbidden",
    doc: "The server does not begin to trust the client: the token is wrong, was used, was revoked or expired. Ask for a new one (`lodge config trust add`).",
  },
  trust_attempts_exceeded: {
    kind: "unavailable",
    doc: "Too many attempts to become trusted failed within a minute, from one address or from all together; try again later.",
  },
  listen_failed: {
    kind: "conflict",
    doc: "The port or socket at which `lodge` was to listen is taken or cannot be made; choose another.",
  },
  timed_out: { kind: "timeout", doc: "What was waited for did not happen within the time bound." },
  internal: { kind: "internal", doc: "A fault of Lodge itself; the daemon's log has the details." },
});
export type ErrorCode = keyof typeof errorCodes;

/** Makes a LodgeError of anything thrown; what is none already becomes `internal`. */
export function asLodgeError(error: unknown): LodgeError {
  if (error instanceof LodgeError) return error;
  if (isNoSpace(error)) {
    const message = "The file system is full; what had been written was removed. Free some space and try again.";
    return new LodgeError({ code: "pool_full", message, cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new LodgeError({ code: "internal", message, cause: error });
}

/** Whether a system call failed because its file system is full, or somebody's share of it is. */
export const isNoSpace = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
