import {
  aliasSchema,
  certificateSchema,
  consoleLinkSchema,
  consoleSessionCreatedSchema,
  consoleUserSchema,
  governorLineSchema,
  governorSchema,
  hostHistorySchema,
  hostInfoSchema,
  imageSchema,
  instanceBackupSchema,
  instanceHistorySchema,
  instanceSchema,
  instanceSnapshotSchema,
  instanceStateSchema,
  metadataTemplateSchema,
  networkForwardSchema,
  networkLeaseSchema,
  networkSchema,
  networkStateSchema,
  operationSchema,
  poolResourcesSchema,
  poolSchema,
  profileSchema,
  projectSchema,
  projectStateSchema,
  resourcesSchema,
  serverSchema,
  storageVolumeSchema,
  storageVolumeSnapshotSchema,
  storageVolumeStateSchema,
  templateSchema,
  usageSchema,
  volumeBackupSchema,
  warningSchema,
} from "@lodge/api";
import { z } from "zod";
import { begins, type Description, does, lists, makes, sends, shows, upgrades } from "./answer.ts";

const binary = "application/octet-stream";
const anything = z.record(z.string(), z.unknown());
const names = z.array(z.string());
const fullInstance = instanceSchema.extend({
  state: instanceStateSchema,
  snapshots: z.array(instanceSnapshotSchema),
  backups: z.array(instanceBackupSchema),
});
const metadata = z.object({
  architecture: z.string(),
  creation_date: z.int(),
  expiry_date: z.int(),
  properties: z.record(z.string(), z.string()),
  templates: z.record(z.string(), metadataTemplateSchema),
});

/** The parts that the description names once and refers to. */
export const components: Readonly<Record<string, z.ZodType>> = {
  Alias: aliasSchema,
  Certificate: certificateSchema,
  Forward: networkForwardSchema,
  HostInfo: hostInfoSchema,
  Resources: resourcesSchema,
  Image: imageSchema,
  Instance: instanceSchema,
  InstanceBackup: instanceBackupSchema,
  InstanceFull: fullInstance,
  InstanceSnapshot: instanceSnapshotSchema,
  InstanceState: instanceStateSchema,
  Lease: networkLeaseSchema,
  Network: networkSchema,
  NetworkState: networkStateSchema,
  Operation: operationSchema,
  Pool: poolSchema,
  Profile: profileSchema,
  Project: projectSchema,
  Server: serverSchema,
  StorageVolume: storageVolumeSchema,
  StorageVolumeSnapshot: storageVolumeSnapshotSchema,
  Template: templateSchema,
  VolumeBackup: volumeBackupSchema,
  Warning: warningSchema,
};

type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
type Descriptions = Readonly<Record<string, Partial<Readonly<Record<Method, Description>>>>>;

const ofSnapshot = (one: z.ZodType, begun: boolean) => ({
  GET: shows(one, "Show a snapshot"),
  PUT: (begun ? begins : does)("Change when a snapshot expires"),
  PATCH: (begun ? begins : does)("Change when a snapshot expires"),
  POST: begins("Give a snapshot another name"),
  DELETE: begins("Delete a snapshot"),
});

const ofBackups = (path: string, one: z.ZodType): Descriptions => ({
  [`${path}/backups`]: {
    GET: lists(one, "List backups"),
    POST: begins("Make a backup; with Accept: application/octet-stream it is the answer itself"),
  },
  [`${path}/backups/:backup`]: {
    GET: shows(one, "Show a backup"),
    POST: begins("Give a backup another name"),
    DELETE: begins("Delete a backup"),
  },
  [`${path}/backups/:backup/export`]: { GET: sends(binary, "The backup, in LXD's format", "Download a backup") },
});

const volume = "/1.0/storage-pools/:pool/volumes/custom/:name";

/** By path and method, as routes are registered; each of `routeRights` has one. */
export const descriptions: Descriptions = {
  "/": { GET: shows(names, "List versions of the API") },
  "/1.0": {
    GET: shows(serverSchema, "Show the server: what it can, how it is configured"),
    PUT: does("Replace the server's configuration"),
    PATCH: does("Change the server's configuration"),
  },
  "/1.0/openapi.json": { GET: sends("application/json", "OpenAPI 3.1", "Show this description") },
  "/api": { GET: sends("text/html", "A page to read", "Read this description") },
  "/1.0/certificates": {
    GET: lists(certificateSchema, "List those who are trusted"),
    POST: makes("Trust a certificate, by a token as well; or issue a token (then 202)"),
  },
  "/1.0/certificates/:fingerprint": {
    GET: shows(certificateSchema, "Show a certificate"),
    PUT: does("Replace what a certificate may do"),
    PATCH: does("Change what a certificate may do"),
    DELETE: does("Trust a certificate no more"),
  },
  "/1.0/lodge/certificate": { POST: shows(anything, "Give the server another certificate") },
  "/1.0/cluster": { GET: shows(anything, "Say that the server is in no cluster") },
  "/1.0/metadata/configuration": { GET: shows(anything, "Show nothing, for those who ask") },
  "/1.0/warnings": { GET: lists(warningSchema, "List warnings") },
  "/1.0/warnings/:uuid": {
    GET: shows(warningSchema, "Show a warning"),
    PUT: does("Acknowledge a warning"),
    PATCH: does("Acknowledge a warning"),
    DELETE: does("Delete a warning"),
  },
  "/1.0/metrics": { GET: sends("text/plain", "OpenMetrics", "Show metrics of instances") },
  "/1.0/usage": { GET: shows(usageSchema, "Show what instances use now, and the host") },
  "/1.0/history": { GET: shows(hostHistorySchema, "Show what the host used in the last hour") },
  "/1.0/governor": { GET: shows(governorSchema, "Show how memory is divided between instances") },
  "/1.0/governor/log": { GET: shows(z.array(governorLineSchema), "Show what was moved between instances, and why") },
  "/1.0/resources": { GET: shows(resourcesSchema, "Show the host's hardware") },
  "/1.0/lodge/host": { GET: shows(hostInfoSchema, "Show what was found on the host") },
  "/1.0/lodge/host/shutdown": { POST: begins("End all instances, before the host goes down") },
  "/ui": { GET: sends("text/html", "The web console", "Open the web console") },
  "/ui/*": { GET: sends("text/html", "A file of the web console, or its page", "Open a page of the web console") },
  "/1.0/lodge/console/link": { POST: shows(consoleLinkSchema, "Make a link that signs in to the web console, once") },
  "/1.0/lodge/console/session": {
    GET: shows(consoleUserSchema, "Show who is signed in to the web console"),
    POST: shows(consoleSessionCreatedSchema, "Sign in to the web console by a link"),
    DELETE: does("Sign out of the web console"),
  },
  "/1.0/events": { GET: upgrades("A websocket; each message is an event", "Follow events") },
  "/1.0/operations": {
    GET: shows(z.record(z.string(), z.union([names, z.array(operationSchema)])), "List operations by their status"),
  },
  "/1.0/operations/:id": { GET: shows(operationSchema, "Show an operation"), DELETE: does("Cancel an operation") },
  "/1.0/operations/:id/wait": { GET: shows(operationSchema, "Wait until an operation has ended") },
  "/1.0/operations/:id/websocket": {
    GET: upgrades("A websocket with one stream of the operation's", "Open a stream of an operation"),
  },

  "/1.0/instances": {
    GET: lists(z.union([instanceSchema, fullInstance]), "List instances"),
    POST: begins("Make an instance; of a backup, with an application/octet-stream body"),
    PUT: begins("Change the state of all instances"),
  },
  "/1.0/instances/:name": {
    GET: shows(z.union([instanceSchema, fullInstance]), "Show an instance"),
    PUT: begins("Replace an instance's configuration, or restore a snapshot"),
    PATCH: does("Change an instance's configuration"),
    POST: begins("Rename or move an instance, or begin a migration"),
    DELETE: begins("Delete an instance"),
  },
  "/1.0/instances/:name/rebuild": { POST: begins("Give an instance a fresh root") },
  "/1.0/instances/:name/fork": { POST: begins("Fork a running virtual machine") },
  "/1.0/instances/:name/state": {
    GET: shows(instanceStateSchema, "Show an instance's state"),
    PUT: begins("Start, stop, restart, freeze or unfreeze an instance"),
  },
  "/1.0/instances/:name/history": { GET: shows(instanceHistorySchema, "Show what it used in the last hour") },
  "/1.0/instances/:name/exec": { POST: begins("Run a command in an instance") },
  "/1.0/instances/:name/console": {
    GET: sends(binary, "What the console printed", "Show the console's log"),
    POST: begins("Attach to the console or the screen"),
    DELETE: does("Clear the console's log"),
  },
  "/1.0/instances/:name/keys": { POST: begins("Press keys on a virtual machine's keyboard") },
  "/1.0/instances/:name/screenshot": { GET: sends("image/png", "The screen", "Show a virtual machine's screen") },
  "/1.0/instances/:name/files": {
    GET: sends(binary, "A file's content; of a directory JSON with the names", "Read a file or directory"),
    HEAD: sends(binary, "Nothing; what it is stands in the headers", "Show a file's owner, mode, type and size"),
    POST: does("Write a file, directory or symbolic link"),
    PATCH: does("Give a file or directory a new name"),
    DELETE: does("Delete a file"),
  },
  "/1.0/instances/:name/sftp": { GET: upgrades("SFTP, by Upgrade: sftp", "Open SFTP to an instance's files") },
  "/1.0/instances/:name/metadata": {
    GET: shows(metadata, "Show what an instance has of its image's metadata"),
    PUT: does("Replace an instance's metadata"),
    PATCH: does("Change an instance's metadata"),
  },
  "/1.0/instances/:name/metadata/templates": {
    GET: shows(names, "List an instance's templates; with ?path= one's content"),
    POST: does("Write a template"),
    DELETE: does("Delete a template"),
  },
  "/1.0/instances/:name/logs": { GET: shows(names, "List an instance's logs") },
  "/1.0/instances/:name/logs/:file": {
    GET: sends(binary, "The log", "Show a log"),
    DELETE: does("Clear the console's log"),
  },
  "/1.0/instances/:name/logs/exec-output": { GET: shows(names, "List what commands printed") },
  "/1.0/instances/:name/logs/exec-output/:file": {
    GET: sends(binary, "What it printed", "Show what a command printed"),
    DELETE: does("Delete what a command printed"),
  },
  "/1.0/instances/:name/snapshots": {
    GET: lists(instanceSnapshotSchema, "List an instance's snapshots"),
    POST: begins("Take a snapshot of an instance"),
  },
  "/1.0/instances/:name/snapshots/:snapshot": ofSnapshot(instanceSnapshotSchema, true),
  ...ofBackups("/1.0/instances/:name", instanceBackupSchema),

  "/1.0/images": {
    GET: lists(imageSchema, "List images"),
    POST: begins("Upload an image, publish an instance, or copy from another server"),
  },
  "/1.0/images/:fingerprint": {
    GET: shows(imageSchema, "Show an image"),
    PUT: does("Replace what is said of an image"),
    PATCH: does("Change what is said of an image"),
    DELETE: begins("Delete an image"),
  },
  "/1.0/images/:fingerprint/export": {
    GET: sends(binary, "The image, or a multipart message", "Download an image"),
    POST: begins("Send an image to another server"),
  },
  "/1.0/images/:fingerprint/secret": { POST: begins("Make a secret by which others may get an image") },
  "/1.0/images/:fingerprint/refresh": { POST: begins("Look for a newer image at its source") },
  "/1.0/images/aliases": { GET: lists(aliasSchema, "List aliases of images"), POST: makes("Name an image") },
  "/1.0/images/aliases/*": {
    GET: shows(aliasSchema, "Show an alias"),
    PUT: does("Replace an alias"),
    PATCH: does("Change an alias"),
    POST: makes("Give an alias another name"),
    DELETE: does("Delete an alias"),
  },
  "/1.0/images/build": { POST: begins("Build an image of a definition") },
  "/1.0/images/remote": { GET: shows(z.array(imageSchema), "List images of another server") },
  "/1.0/images/definitions": { GET: shows(names, "List the definitions of images") },

  "/1.0/networks": { GET: lists(networkSchema, "List networks"), POST: makes("Make a network") },
  "/1.0/networks/:name": {
    GET: shows(networkSchema, "Show a network"),
    PUT: does("Replace a network's configuration"),
    PATCH: does("Change a network's configuration"),
    POST: makes("Give a network another name"),
    DELETE: does("Delete a network"),
  },
  "/1.0/networks/:name/state": { GET: shows(networkStateSchema, "Show a network's state") },
  "/1.0/networks/:name/leases": { GET: shows(z.array(networkLeaseSchema), "List a network's addresses") },
  "/1.0/networks/:name/forwards": { GET: lists(networkForwardSchema, "List forwards"), POST: makes("Make a forward") },
  "/1.0/networks/:name/forwards/:address": {
    GET: shows(networkForwardSchema, "Show a forward"),
    PUT: does("Replace a forward"),
    PATCH: does("Change a forward"),
    DELETE: does("Delete a forward"),
  },

  "/1.0/storage-pools": { GET: lists(poolSchema, "List storage pools"), POST: makes("Make a storage pool") },
  "/1.0/storage-pools/:name": {
    GET: shows(poolSchema, "Show a storage pool"),
    PUT: does("Replace a storage pool's configuration"),
    PATCH: does("Change a storage pool's configuration"),
    DELETE: does("Delete a storage pool"),
  },
  "/1.0/storage-pools/:name/resources": { GET: shows(poolResourcesSchema, "Show a storage pool's room") },
  "/1.0/storage-pools/:pool/volumes": {
    GET: lists(storageVolumeSchema, "List volumes: custom ones, and what instances and images have"),
    POST: makes("Make a custom volume; a copy is an operation (then 202)"),
  },
  "/1.0/storage-pools/:pool/volumes/:type": {
    GET: lists(storageVolumeSchema, "List what instances of a type, or images, have"),
  },
  "/1.0/storage-pools/:pool/volumes/:type/:name": {
    GET: shows(storageVolumeSchema, "Show what an instance or image has"),
  },
  "/1.0/storage-pools/:pool/volumes/:type/:name/state": {
    GET: shows(storageVolumeStateSchema, "Show what an instance takes"),
  },
  "/1.0/storage-pools/:pool/volumes/:type/:name/snapshots": {
    GET: lists(storageVolumeSnapshotSchema, "List an instance's snapshots, as those of its volume"),
  },
  "/1.0/storage-pools/:pool/volumes/:type/:name/snapshots/:snapshot": {
    GET: shows(storageVolumeSnapshotSchema, "Show one of them"),
  },
  "/1.0/storage-pools/:pool/volumes/custom": {
    GET: lists(storageVolumeSchema, "List custom volumes"),
    POST: begins("Make a custom volume, of a backup or an ISO as well"),
  },
  [volume]: {
    GET: shows(storageVolumeSchema, "Show a custom volume"),
    PUT: does("Replace a custom volume's configuration, or restore a snapshot"),
    PATCH: does("Change a custom volume's configuration"),
    POST: makes("Give a custom volume another name; moving and sending it are operations (then 202)"),
    DELETE: does("Delete a custom volume"),
  },
  [`${volume}/files`]: {
    GET: sends(binary, "A file's content; of a directory JSON with the names", "Read a file or directory of a volume"),
    HEAD: sends(
      binary,
      "Nothing; what it is stands in the headers",
      "Show the owner, mode, type and size of a volume's file",
    ),
    POST: does("Write a file, directory or symbolic link of a volume"),
    DELETE: does("Delete a file of a volume"),
  },
  [`${volume}/sftp`]: { GET: upgrades("SFTP, by Upgrade: sftp", "Open SFTP to a volume's files") },
  [`${volume}/state`]: { GET: shows(storageVolumeStateSchema, "Show a custom volume's use") },
  [`${volume}/snapshots`]: {
    GET: lists(storageVolumeSnapshotSchema, "List a volume's snapshots"),
    POST: begins("Take a snapshot of a volume"),
  },
  [`${volume}/snapshots/:snapshot`]: ofSnapshot(storageVolumeSnapshotSchema, false),
  ...ofBackups(volume, volumeBackupSchema),

  "/1.0/profiles": { GET: lists(profileSchema, "List profiles"), POST: makes("Make a profile") },
  "/1.0/profiles/:name": {
    GET: shows(profileSchema, "Show a profile"),
    PUT: does("Replace a profile"),
    PATCH: does("Change a profile"),
    POST: makes("Give a profile another name"),
    DELETE: does("Delete a profile"),
  },

  "/1.0/projects": { GET: lists(projectSchema, "List projects"), POST: makes("Make a project") },
  "/1.0/projects/:name": {
    GET: shows(projectSchema, "Show a project"),
    PUT: does("Replace a project's configuration"),
    PATCH: does("Change a project's configuration"),
    POST: begins("Give a project another name"),
    DELETE: does("Delete a project"),
  },
  "/1.0/projects/:name/state": { GET: shows(projectStateSchema, "Show what a project uses of its limits") },

  "/1.0/templates": { GET: lists(templateSchema, "List templates"), POST: begins("Make a template") },
  "/1.0/templates/:id": { GET: shows(templateSchema, "Show a template"), DELETE: begins("Delete a template") },
};
