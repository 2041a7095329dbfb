export { LodgeError } from "@lodge/api/errors";
export type { BackupOptions, Backups, ImportOptions } from "./backups.ts";
export { type Certificates, type PendingToken, readToken } from "./certificates.ts";
export { LodgeClient } from "./client.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export type { ConsoleOptions, ConsoleSession } from "./console.ts";
export { type EventFilter, type EventStream, lifecycleOf, operationOf } from "./events.ts";
export type { ExecOptions, ExecSession } from "./exec.ts";
export { certificateFingerprint, type HttpsOptions, HttpsTransport, parseAddress } from "./https-transport.ts";
export type { ImageFile } from "./image-export.ts";
export type { ImageImport, ImageUpload } from "./images.ts";
export type { FileAttributes, GuestEntry, InstanceFiles } from "./instance-files.ts";
export type { MetadataOfInstance } from "./instance-metadata.ts";
export {
  globalAddresses,
  type InstanceCondition,
  instanceConditions,
  type WaitForOptions,
} from "./instance-wait.ts";
export { createdName } from "./instances.ts";
export {
  type Migration,
  type MigrationEnd,
  type MigrationMode,
  type MigrationPeer,
  type MigrationSource,
  migrate,
  migrationEnd,
} from "./migration.ts";
export { isFinal, type RunningOperation, settle, type WaitOptions } from "./running-operation.ts";
export type { ScreenSession } from "./screen.ts";
export { type InstanceSnapshots, snapshotName } from "./snapshots.ts";
export { socketPath } from "./socket-path.ts";
export { volumeName, volumeSnapshotName } from "./storage-volumes.ts";
export type { HttpRequest, HttpResponse, Transport } from "./transport.ts";
export { UnixTransport } from "./unix-transport.ts";
