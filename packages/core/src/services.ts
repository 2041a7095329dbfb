/**
 * What the edge (HTTP) may ask of the core. Reads answer at once; slow work answers with an operation that has begun. What can be
 * refused without touching the host (names, keys, unknown images) is refused before the operation begins, so that it has
 * an HTTP status of its own.
 */
import type { InstanceBackup, VolumeBackup } from "@lodge/api";
import type { ImagePushes } from "./access/image-pushes.ts";
import type { ImageSecrets } from "./access/image-secrets.ts";
import type { TrustTokens } from "./access/tokens.ts";
import type { EventBus } from "./events/bus.ts";
import type { InstanceName } from "./instances/records.ts";
import type { Operations } from "./operations/operations.ts";
import type { BackupService } from "./services/backups.ts";
import type { ImageSendingService, ImageService, RemoteImageService } from "./services/images.ts";
import type { InstanceMetadataService, InstanceService, SnapshotService } from "./services/instances.ts";
import type { MigrationService } from "./services/migration.ts";
import type { NetworkForwardService, NetworkService } from "./services/networks.ts";
import type { ProfileService, ProjectService, TemplateService } from "./services/projects.ts";
import type { CertificateService, ConfigService, HostService, WarningService } from "./services/server.ts";
import type { PoolService, VolumeService, VolumeSnapshotService } from "./services/storage.ts";
import type { GovernorService, MetricsService, UsageService } from "./services/usage.ts";
import type { OwnedVolumes } from "./storage/owned-volumes.ts";
import type { VolumeName } from "./volumes/find.ts";

export type * from "./services/backups.ts";
export type * from "./services/images.ts";
export type * from "./services/instances.ts";
export type * from "./services/migration.ts";
export type * from "./services/networks.ts";
export type * from "./services/projects.ts";
export type * from "./services/server.ts";
export type * from "./services/storage.ts";
export type * from "./services/usage.ts";

export interface Services {
  readonly instances: InstanceService;
  readonly instanceMetadata: InstanceMetadataService;
  readonly snapshots: SnapshotService;
  readonly backups: BackupService<InstanceName, InstanceBackup>;
  readonly migrations: MigrationService;
  /** By the projects that use them: a project's own, or the default one's. `project_not_found` */
  readonly images: { of(project: string): Promise<ImageService> };
  /** The same of those that are to become theirs. */
  readonly remoteImages: { of(project: string): Promise<RemoteImageService> };
  readonly networks: NetworkService;
  readonly networkForwards: NetworkForwardService;
  readonly pools: PoolService;
  readonly volumes: VolumeService;
  readonly ownedVolumes: OwnedVolumes;
  readonly volumeSnapshots: VolumeSnapshotService;
  readonly volumeBackups: BackupService<VolumeName, VolumeBackup>;
  readonly profiles: ProfileService;
  readonly projects: ProjectService;
  readonly config: ConfigService;
  readonly certificates: CertificateService;
  readonly tokens: TrustTokens;
  readonly imageSecrets: ImageSecrets;
  readonly imagePushes: ImagePushes;
  readonly imageSending: ImageSendingService;
  readonly templates: TemplateService;
  readonly host: HostService;
  readonly governor: GovernorService;
  readonly metrics: MetricsService;
  readonly usage: UsageService;
  readonly warnings: WarningService;
  readonly operations: Operations;
  readonly events: EventBus;
}
