import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { InstanceId } from "../instances/driver.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import type { StateId } from "../storage/states.ts";
import type { VolumeId } from "../storage/volumes.ts";
import type {
  BackupRecord,
  InstanceRecord,
  ProjectImageRecord,
  SnapshotRecord,
  Store,
  TemplateRecord,
  VolumeBackupRecord,
  VolumeRecord,
  VolumeSnapshotRecord,
} from "../store.ts";

const created = new Date("2024-05-06T07:08:09.123Z");

/** An instance's row; `id` eight hexadecimal digits. */
export function instanceRecord(id: string, name: string, idBlock: number): InstanceRecord {
  return {
    id: id as InstanceId,
    uuid: `4b1dbd6e-7d4f-4c4e-8f3e-0000${id}`,
    name,
    project: "default",
    type: "container",
    description: "a \"quoted\" 'description' ✓",
    architecture: "x86_64",
    fingerprint: "a".repeat(64),
    pool: "default",
    config: { "limits.memory": "512MiB" },
    devices: { eth0: { type: "nic", network: "lodgebr0" } },
    profiles: ["default"],
    ephemeral: false,
    life: "creating",
    idBlock,
    wanted: true,
    createdAt: created,
  };
}

/** A snapshot's row; ids of eight hexadecimal digits; taken so many minutes after a fixed time. */
export function snapshotRecord(id: string, instance: string, name: string, minute = 0): SnapshotRecord {
  return {
    id: id as SnapshotId,
    instance: instance as InstanceId,
    name,
    description: "before the upgrade",
    architecture: "x86_64",
    config: { "user.a": "b" },
    devices: { root: { type: "disk", path: "/", pool: "default" } },
    profiles: ["default"],
    ephemeral: false,
    life: "present",
    createdAt: new Date(created.getTime() + minute * 60_000),
  };
}

function backupRecord(id: string, instance: string, name: string): BackupRecord {
  return {
    id: id as InstanceId,
    instance: instance as InstanceId,
    name,
    pool: "default",
    type: "container",
    fingerprint: "a".repeat(64),
    compression: "zstd",
    optimized: false,
    snapshots: [{ id: "0000000d" as SnapshotId, name: "snap0" }],
    instanceOnly: false,
    index: { name: "one", config: { container: { name: "one" } } },
    life: "present",
    createdAt: created,
    expiresAt: new Date(created.getTime() + 60_000),
  };
}

function imageRecord(digit: string, project = "default"): ProjectImageRecord {
  return {
    project,
    fingerprint: digit.repeat(64),
    type: "virtual-machine",
    architecture: "x86_64",
    filename: "debian.tar.xz",
    size: 5_000_000_000,
    public: true,
    properties: { os: "Debian" },
    split: true,
    createdAt: created,
    uploadedAt: created,
    cached: true,
    autoUpdate: true,
    expiresAt: created,
    source: { server: "https://images.example.com", protocol: "simplestreams", alias: "debian/12", certificate: "PEM" },
  };
}

/** The contract of the store: every implementation passes it. `open` makes an empty one. */
export function describeStore(name: string, open: () => Promise<Store>): void {
  describe(`store ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it("keeps templates", async () => {
      const row: TemplateRecord = {
        id: "0000000c" as InstanceId,
        project: "default",
        pool: "default",
        fingerprint: "a".repeat(64),
        shape: '{"cpus":"1"}',
        state: { id: "0000000d" as StateId, size: 5_000_000_000 },
        size: 6_000_000_000,
        life: "present",
        createdAt: created,
        lastUsedAt: created,
      };
      await store.templates.put(row);
      expect(await store.templates.list()).toEqual([row]);
      await store.templates.remove(row.id);
      expect(await store.templates.get(row.id)).toBeUndefined();
    });

    describe("instances", () => {
      it("gives back what was put, times and optional fields included", async () => {
        const pending = { kind: "restore", snapshot: "0000000a" as SnapshotId } as const;
        const state = { id: "0000000b" as StateId, size: 5_000_000_000 };
        const row = {
          ...instanceRecord("00000001", "web", 1),
          lastUsedAt: created,
          restarting: true as const,
          pending,
          state,
        };
        await store.instances.put(row);
        expect(await store.instances.get(row.id)).toEqual(row);
        const { fingerprint: _image, ...without } = instanceRecord("00000001", "web", 1);
        await store.instances.put(without);
        expect(await store.instances.get(row.id)).toEqual(without);
      });

      it("has nothing for an unknown key, and removing it is fine", async () => {
        const id = "ffffffff" as InstanceId;
        expect(await store.instances.get(id)).toBeUndefined();
        await store.instances.remove(id);
        expect(await store.instances.list()).toEqual([]);
      });

      it("refuses a second instance of the same name in the project and allows it in another", async () => {
        await store.instances.put(instanceRecord("00000001", "web", 1));
        const second = instanceRecord("00000002", "web", 2);
        await expect(store.instances.put(second)).rejects.toMatchObject({ code: "instance_exists" });
        expect(await store.instances.list()).toHaveLength(1);
        await store.instances.put({ ...second, project: "other" });
        expect(await store.instances.list()).toHaveLength(2);
      });

      it("refuses an id block that belongs to another instance", async () => {
        await store.instances.put(instanceRecord("00000001", "web", 1));
        await expect(store.instances.put(instanceRecord("00000002", "db", 1))).rejects.toMatchObject({
          code: "instance_exists",
        });
      });

      it("frees name and id block with the instance", async () => {
        const row = instanceRecord("00000001", "web", 1);
        await store.instances.put(row);
        await store.instances.remove(row.id);
        await store.instances.put(instanceRecord("00000002", "web", 1));
        expect(await store.instances.get(row.id)).toBeUndefined();
      });
    });

    describe("backups", () => {
      beforeEach(() => store.instances.put(instanceRecord("00000001", "one", 1)));

      it("come back as they were, and go with their instance", async () => {
        const kept = backupRecord("0000000a", "00000001", "a");
        const empty = backupRecord("0000000b", "00000001", "b");
        const { fingerprint: _none, expiresAt: _never, ...bare } = empty;
        for (const row of [bare, kept]) await store.backups.put(row);
        expect(await store.backups.of(kept.instance)).toEqual([kept, bare]);
        expect(await store.backups.of("00000002" as InstanceId)).toEqual([]);
        await store.instances.remove(kept.instance);
        expect(await store.backups.list()).toEqual([]);
      });

      it("have a name of their own, of an instance that is there", async () => {
        await store.backups.put(backupRecord("0000000a", "00000001", "a"));
        const second = backupRecord("0000000b", "00000001", "a");
        await expect(store.backups.put(second)).rejects.toMatchObject({ code: "backup_exists" });
        const orphan = backupRecord("0000000c", "00000009", "c");
        await expect(store.backups.put(orphan)).rejects.toMatchObject({ code: "instance_not_found" });
      });
    });

    describe("backups of volumes", () => {
      const volumeOf = (id: string, name: string): VolumeRecord => ({
        ...{ id: id as VolumeId, pool: "default", project: "default", name, contentType: "filesystem" },
        ...{ description: "", config: {}, life: "present", createdAt: created },
      });
      const volume = volumeOf("000000aa", "data");
      const backup = (id: string, name: string): VolumeBackupRecord => ({
        ...{
          id: id as VolumeId,
          volume: volume.id,
          name,
          pool: "default",
          compression: "xz",
          optimized: true,
          volumeOnly: true,
        },
        ...{ snapshots: [{ id: "00000001" as SnapshotId, name: "s" }], index: { a: [1] }, life: "present" },
        createdAt: created,
      });
      beforeEach(() => store.volumes.put(volume));

      it("come back as they were, and go with their volume", async () => {
        const kept = backup("0000000a", "a");
        const expiring = { ...backup("0000000b", "b"), expiresAt: created };
        for (const row of [expiring, kept]) await store.volumeBackups.put(row);
        expect(await store.volumeBackups.of(volume.id)).toEqual([kept, expiring]);
        await store.volumes.remove(volume.id);
        expect(await store.volumeBackups.list()).toEqual([]);
      });

      it("have a name of their own, of a volume that is there", async () => {
        await store.volumeBackups.put(backup("0000000a", "a"));
        const second = store.volumeBackups.put(backup("0000000b", "a"));
        await expect(second).rejects.toMatchObject({ code: "backup_exists" });
        const orphan = store.volumeBackups.put({ ...backup("0000000c", "c"), volume: "0000000f" as VolumeId });
        await expect(orphan).rejects.toMatchObject({ code: "volume_not_found" });
      });
    });

    describe("snapshots", () => {
      beforeEach(async () => {
        await store.instances.put(instanceRecord("00000001", "web", 1));
        await store.instances.put(instanceRecord("00000002", "db", 2));
      });

      it("gives back what was put, and one instance's the oldest first", async () => {
        const old = { ...snapshotRecord("0000000b", "00000001", "z", 1), expiresAt: created, lastUsedAt: created };
        const young = snapshotRecord("0000000a", "00000001", "a", 2);
        for (const row of [young, old, snapshotRecord("0000000c", "00000002", "a")]) await store.snapshots.put(row);
        expect(await store.snapshots.get(old.id)).toEqual(old);
        expect(await store.snapshots.of(old.instance)).toEqual([old, young]);
        expect(await store.snapshots.list()).toHaveLength(3);
      });

      it("refuses a second of the same name, and one of no instance", async () => {
        await store.snapshots.put(snapshotRecord("0000000a", "00000001", "a"));
        const second = snapshotRecord("0000000b", "00000001", "a");
        await expect(store.snapshots.put(second)).rejects.toMatchObject({ code: "snapshot_exists" });
        const orphan = snapshotRecord("0000000b", "00000009", "a");
        await expect(store.snapshots.put(orphan)).rejects.toMatchObject({ code: "instance_not_found" });
      });

      it("removes an instance's metadata with it", async () => {
        const metadata = { architecture: "x86_64", creation_date: 1, expiry_date: 0, properties: { os: "Debian" } };
        const templates = {
          "/etc/motd": { when: ["start" as const], template: "a", create_only: true, properties: {} },
        };
        const row = { instance: "00000001" as InstanceId, metadata: { ...metadata, templates }, files: { a: "text" } };
        await store.instanceMetadata.put(row);
        expect(await store.instanceMetadata.get(row.instance)).toEqual(row);
        await store.instances.remove(row.instance);
        expect(await store.instanceMetadata.list()).toEqual([]);
      });

      it("removes them with their instance, and not when its row is put again", async () => {
        await store.snapshots.put(snapshotRecord("0000000a", "00000001", "a"));
        await store.snapshots.put(snapshotRecord("0000000b", "00000002", "a"));
        await store.instances.put({ ...instanceRecord("00000001", "web", 1), wanted: false });
        expect(await store.snapshots.list()).toHaveLength(2);
        await store.instances.remove("00000001" as InstanceId);
        expect((await store.snapshots.list()).map(({ id }) => id)).toEqual(["0000000b"]);
      });
    });

    describe("images and aliases", () => {
      it("keeps one alias for each type", async () => {
        await store.images.put(imageRecord("a"));
        await store.images.put(imageRecord("b"));
        const vm = {
          project: "default",
          name: "debian/12",
          type: "virtual-machine",
          fingerprint: "a".repeat(64),
          description: "",
        } as const;
        const container = { ...vm, type: "container", fingerprint: "b".repeat(64) } as const;
        await store.aliases.put(vm);
        await store.aliases.put(container);
        expect(await store.aliases.get({ project: "default", name: "debian/12", type: "virtual-machine" })).toEqual(vm);
        await store.aliases.remove({ project: "default", name: "debian/12", type: "virtual-machine" });
        expect(await store.aliases.list()).toEqual([container]);
      });

      it("removes an image's aliases with it, and only its", async () => {
        await store.images.put(imageRecord("a"));
        await store.images.put(imageRecord("b"));
        const alias = {
          project: "default",
          name: "one",
          type: "virtual-machine",
          fingerprint: "a".repeat(64),
          description: "",
        } as const;
        await store.aliases.put(alias);
        await store.aliases.put({ ...alias, name: "two", fingerprint: "b".repeat(64) });
        await store.images.remove({ project: "default", fingerprint: "a".repeat(64) });
        expect((await store.aliases.list()).map((a) => a.name)).toEqual(["two"]);
      });

      it("keeps the aliases of an image whose row is put again", async () => {
        await store.images.put(imageRecord("a"));
        await store.aliases.put({
          project: "default",
          name: "one",
          type: "container",
          fingerprint: "a".repeat(64),
          description: "",
        });
        await store.images.put({ ...imageRecord("a"), public: false, lastUsedAt: created });
        expect(await store.aliases.list()).toHaveLength(1);
        expect(await store.images.get({ project: "default", fingerprint: "a".repeat(64) })).toEqual({
          ...imageRecord("a"),
          public: false,
          lastUsedAt: created,
        });
      });

      it("keeps what two projects have of one image apart", async () => {
        const alias = { name: "one", type: "container", fingerprint: "a".repeat(64), description: "" } as const;
        for (const project of ["blue", "default"]) {
          await store.images.put(imageRecord("a", project));
          await store.aliases.put({ ...alias, project });
        }
        await store.images.remove({ project: "blue", fingerprint: alias.fingerprint });
        expect((await store.images.list()).map(({ project }) => project)).toEqual(["default"]);
        expect(await store.aliases.list()).toEqual([{ ...alias, project: "default" }]);
        await expect(store.aliases.put({ ...alias, project: "blue" })).rejects.toMatchObject({
          code: "image_not_found",
        });
      });

      it("refuses an alias of an image that is not there", async () => {
        const alias = {
          project: "default",
          name: "one",
          type: "container",
          fingerprint: "c".repeat(64),
          description: "",
        } as const;
        await expect(store.aliases.put(alias)).rejects.toMatchObject({ code: "image_not_found" });
      });
    });

    describe("volumes", () => {
      const volume: VolumeRecord = {
        ...{ id: "000000aa" as VolumeId, pool: "default", project: "default", name: "data", description: "" },
        ...{ contentType: "block", config: { size: "1GiB" }, life: "present", createdAt: created },
      };
      const snapshot: VolumeSnapshotRecord = {
        ...{ id: "000000bb" as SnapshotId, volume: volume.id, name: "snap0", description: "d", config: {} },
        ...{ life: "present", createdAt: created, expiresAt: created },
      };

      it("come back as they were put, with their snapshots, and take them away", async () => {
        const restoring = { ...volume, restoring: snapshot.id };
        await store.volumes.put(restoring);
        await store.volumeSnapshots.put(snapshot);
        expect(await store.volumes.get(volume.id)).toEqual(restoring);
        await store.volumes.put(volume);
        expect(await store.volumes.list()).toEqual([volume]);
        expect(await store.volumeSnapshots.list()).toEqual([snapshot]);
        await store.volumes.remove(volume.id);
        expect(await store.volumeSnapshots.list()).toEqual([]);
      });

      it("have a name of their own in a pool, and so have their snapshots", async () => {
        await store.volumes.put(volume);
        const second = { ...volume, id: "000000ab" as VolumeId };
        await expect(store.volumes.put(second)).rejects.toMatchObject({ code: "volume_exists" });
        await store.volumes.put({ ...second, pool: "other" });
        await store.volumeSnapshots.put(snapshot);
        const same = { ...snapshot, id: "000000bc" as SnapshotId };
        await expect(store.volumeSnapshots.put(same)).rejects.toMatchObject({ code: "snapshot_exists" });
        await store.volumeSnapshots.put({ ...same, volume: second.id });
      });

      it("must be there for a snapshot", async () => {
        await expect(store.volumeSnapshots.put(snapshot)).rejects.toMatchObject({ code: "volume_not_found" });
      });
    });

    describe("several changes at once", () => {
      it("are kept together", async () => {
        const made = await store.atomically(async (tables) => {
          await tables.settings.put({ key: "a", value: "1" });
          await tables.instances.put(instanceRecord("00000001", "web", 1));
          return (await tables.instances.list()).length;
        });
        expect(made).toBe(1);
        expect(await store.settings.get("a")).toEqual({ key: "a", value: "1" });
      });

      it("are undone together", async () => {
        await store.instances.put(instanceRecord("00000001", "web", 1));
        const work = store.atomically(async (tables) => {
          await tables.settings.put({ key: "a", value: "1" });
          await tables.instances.remove("00000001" as InstanceId);
          await tables.instances.put(instanceRecord("00000002", "db", 2));
          await tables.instances.put(instanceRecord("00000003", "db", 3));
        });
        await expect(work).rejects.toMatchObject({ code: "instance_exists" });
        expect((await store.instances.list()).map((row) => row.name)).toEqual(["web"]);
        expect(await store.settings.list()).toEqual([]);
      });
    });

    it("sorts lists by key", async () => {
      for (const key of ["b", "a.z", "c", "a"]) await store.settings.put({ key, value: key });
      expect((await store.settings.list()).map((s) => s.key)).toEqual(["a", "a.z", "b", "c"]);
    });

    it("keeps profiles, projects, networks, certificates, pools, operations and settings", async () => {
      const profile = { name: "default", project: "default", description: "d", config: { a: "b" }, devices: {} };
      const port = { description: "", protocol: "tcp", listen_port: "80", target_port: "", target_address: "10.0.0.2" };
      const network = {
        name: "lodgebr0",
        description: "",
        config: { "ipv4.address": "10.0.0.1/24" },
        forwards: [
          { listen: "192.0.2.1", description: "", config: {}, ports: [{ ...port, protocol: "tcp" as const }] },
        ],
      };
      const pool = { name: "default", driver: "dir", description: "", config: {}, life: "creating" as const };
      const operation = {
        id: "4b1dbd6e-7d4f-4c4e-8f3e-000000000001",
        description: "Creating instance",
        resources: { instances: ["/1.0/instances/web"] },
        project: "blue",
        createdAt: created,
      };
      const warning = {
        ...{ uuid: "4b1dbd6e-7d4f-4c4e-8f3e-000000000002", type: "t", project: "", entity: "", message: "m", count: 2 },
        ...{ severity: "low" as const, status: "new" as const },
        ...{ firstSeenAt: created, lastSeenAt: created, updatedAt: created },
      };
      await store.warnings.put(warning);
      expect(await store.warnings.list()).toEqual([warning]);
      await store.profiles.put(profile);
      const project = { name: "blue", description: "", config: { "limits.cpu": "2" } };
      await store.projects.put(project);
      expect(await store.projects.list()).toEqual([project]);
      await store.networks.put(network);
      await store.pools.put(pool);
      await store.operations.put(operation);
      const laptop = { fingerprint: "a".repeat(64), name: "laptop", type: "client" as const, createdAt: created };
      const trusted = { ...laptop, certificate: "PEM" };
      const restriction = { role: "viewer" as const, projects: ["web"] };
      const restricted = { ...trusted, fingerprint: "b".repeat(64), restriction };
      for (const each of [restricted, trusted]) await store.certificates.put(each);
      expect(await store.certificates.list()).toEqual([trusted, restricted]);
      const line = { id: 10, at: created, project: "blue", instance: "web", resource: "memory" as const };
      const said = { ...line, action: "take" as const, from: 2 ** 30, to: 2.5, reason: "db waits", observed: false };
      for (const each of [said, { ...said, id: 9 }]) await store.governorLog.put(each);
      expect(await store.governorLog.list()).toEqual([{ ...said, id: 9 }, said]);
      await store.governorLog.remove(9);
      expect(await store.governorLog.list()).toEqual([said]);
      await store.settings.put({ key: "id_base", value: "1000000" });
      expect(await store.profiles.get({ project: "default", name: "default" })).toEqual(profile);
      expect(await store.networks.list()).toEqual([network]);
      expect(await store.pools.get("default")).toEqual(pool);
      expect(await store.operations.list()).toEqual([operation]);
      expect(await store.settings.get("id_base")).toEqual({ key: "id_base", value: "1000000" });
      await store.operations.remove(operation.id);
      expect(await store.operations.list()).toEqual([]);
    });
  });
}
