/** Roots of containers and volumes as streams between btrfs pools; needs root. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type {
  InstanceId,
  PoolDriver,
  PoolVolumes,
  RootRequest,
  RootState,
  RootStreams,
  SnapshotId,
  VolumeId,
} from "@lodge/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../../system/run.ts";
import { createSubvolume, snapshotSubvolume } from "../../../system/subvolumes.ts";
import { makeScratch, removeLodgeDir } from "../file-pool/testing/pool-host.ts";
import { btrfsKind, btrfsProblem } from "./testing/btrfs-kind.ts";

const guestIds = { base: 0, size: 65_536, owner: 0 };
const [source, other, third] = ["00000001", "00000002", "00000003"] as [InstanceId, InstanceId, InstanceId];
const [first, second] = ["0000000a", "0000000b"] as [SnapshotId, SnapshotId];
const [one, two] = ["0000001a", "0000001b"] as [SnapshotId, SnapshotId];
const request = (id: InstanceId): RootRequest => ({ id, type: "container" });
const problem = await btrfsProblem();

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < bytes.length; at += 70_000) yield bytes.subarray(at, at + 70_000);
}

if (problem === undefined) {
  describeStreams();
  describeVolumeStreams();
} else {
  describe("a container's root", () => {
    it("comes as streams", ({ skip }) => skip(problem));
  });
}

function describeStreams(): void {
  describe("a container's root as streams", () => {
    const places: string[] = [];
    let [here, there]: PoolDriver[] = [];

    beforeAll(async () => {
      for (const _ of [1, 2]) {
        const place = await makeScratch();
        places.push(place);
        await btrfsKind.make(place);
      }
      [here, there] = places.map((place) => btrfsKind.open(place));
      await here?.createRoot(request(source));
      for (const [script, snapshot] of [
        ["head -c 3000000 /dev/urandom > blob; echo a > word; chown 33:44 word; chmod 4711 word; ln word hard", first],
        ["echo b > word; cp --reflink=always blob again; mknod null c 1 3; mkfifo fifo; ln -s /etc/passwd out", second],
        ["echo c > word; rm null; mkdir -p d/e; setcap cap_net_raw+ep again", undefined],
      ] as const) {
        await inRoot(here, source, script);
        if (snapshot) await here?.snapshots.create({ root: source, snapshot });
      }
    });
    afterAll(async () => {
      for (const place of places) await removeLodgeDir(btrfsKind, place);
    });

    const streamsOf = (pool: PoolDriver | undefined): RootStreams => {
      if (!pool?.streams) throw new Error("a btrfs pool has streams");
      return pool.streams;
    };

    async function inRoot(pool: PoolDriver | undefined, id: InstanceId, script: string): Promise<string> {
      const root = await pool?.prepareRoot(request(id), guestIds);
      try {
        return await run("sh", ["-ec", script], { cwd: root?.path ?? "" });
      } finally {
        await pool?.settleRoot(id);
      }
    }

    const listing = "find . -printf '%P %y %m %U %G %s %l %n\\n' | sort; cat word; md5sum blob again; getcap again";

    async function send(state: RootState, since?: RootState): Promise<Buffer> {
      await using sent = await streamsOf(here).send(state, since);
      const pieces: Buffer[] = [];
      for await (const piece of sent.stream()) pieces.push(Buffer.from(piece));
      const bytes = Buffer.concat(pieces);
      expect(await sent.bytes()).toBe(bytes.length);
      return bytes;
    }

    const layersIn = (index: number) => readdir(join(places[index] ?? "", "pools/default/layers"));
    const states = [{ root: source, snapshot: first }, { root: source, snapshot: second }, { root: source }] as const;

    it("comes with its snapshots, each sent in what it differs from the one before, and is written to like any other", async () => {
      const before = await layersIn(0);
      const sent = await Promise.all(states.map((state, index) => send(state, states[index - 1])));
      expect(await layersIn(0)).toEqual(before);
      expect(sent[0]?.length).toBeGreaterThan(3_000_000);
      for (const stream of sent.slice(1)) expect(stream.length).toBeLessThan(10_000);
      {
        await using receiver = streamsOf(there).receive(request(other));
        for (const [index, stream] of sent.entries()) await receiver.take(inPieces(stream), [one, two][index]);
      }
      expect(await inRoot(there, other, listing)).toBe(await inRoot(here, source, listing));
      expect(await inRoot(there, other, "echo d > word; cat hard")).toBe("d");
      await there?.snapshots.restore(request(other), one);
      expect(await inRoot(there, other, "cat word hard; stat -c %a:%u word; ls")).toBe(
        "a\na\n4711:33\nblob\nhard\nword",
      );
      await there?.snapshots.restore(request(other), two);
      expect(await inRoot(there, other, "cat word; stat -c %t:%T null")).toBe("b\n1:3");
      await btrfsKind.open(places[1] ?? "").reconcile(new Map([[other, [one, two]]]), []);
      await there?.snapshots.restore(request(other), one);
      expect(await inRoot(there, other, "cat word")).toBe("a");
      expect(await layersIn(1)).toHaveLength(2);
    });

    it("is limited in size from its making on", async () => {
      const bytes = await send({ root: source });
      await using receiver = streamsOf(there).receive({ ...request(third), size: 16 << 20 });
      await receiver.take(inPieces(bytes));
      const tree = join(places[1] ?? "", "pools/default/roots", third, "data/tree");
      await expect(run("sh", ["-ec", "head -c 32000000 /dev/urandom > large"], { cwd: tree })).rejects.toThrow(
        /quota/i,
      );
      await there?.removeRoot(third);
    });

    /** Of what a stranger made. */
    async function strange(script: string): Promise<Buffer> {
      const directory = join(places[0] ?? "", "pools/default/strange");
      await createSubvolume(directory);
      await createSubvolume(join(directory, "tree"));
      await run("sh", ["-ec", script], { cwd: join(directory, "tree") });
      await snapshotSubvolume(join(directory, "tree"), join(directory, "sent"), "readonly");
      const name = /name=(\w+)/.exec(script)?.[1] ?? "tree";
      await run("sh", ["-ec", `mkdir out; btrfs -q subvolume snapshot -r sent out/${name}`], { cwd: directory });
      const file = join(places[0] ?? "", "stream");
      await run("btrfs", ["send", "--quiet", "-f", file, join(directory, "out", name)]);
      await run("btrfs", [
        "subvolume",
        "delete",
        join(directory, "out", name),
        join(directory, "sent"),
        join(directory, "tree"),
        directory,
      ]).catch(() => undefined);
      await run("sh", ["-c", `rm -rf ${directory}; btrfs subvolume delete ${directory} 2>/dev/null || true`]);
      return readFile(file);
    }

    it.each<[string, () => Promise<Buffer>]>([
      ["no stream", async () => Buffer.alloc(10_000, 7)],
      ["one that is cut", async () => (await send({ root: source })).subarray(0, 1_000_000)],
      ["one that goes on from what did not come", () => send(states[1], states[0])],
      ["a disk of the host's", () => strange("mknod sda b 8 0")],
      ["the host's memory", () => strange("mknod mem c 1 1")],
      ["something of another name", () => strange("true name=other")],
    ])("is refused, and nothing is kept: %s", async (what, make) => {
      const stream = await make();
      const pool = what.includes("did not come") ? there : here;
      const index = pool === there ? 1 : 0;
      if (pool === there) await there?.removeRoot(other);
      const before = await layersIn(index);
      for (const snapshot of [one, undefined]) {
        await using receiver = streamsOf(pool).receive(request(third));
        await expect(receiver.take(inPieces(stream), snapshot)).rejects.toMatchObject({ code: "backup_invalid" });
      }
      expect(await layersIn(index)).toEqual(before);
      const root = stat(join(places[index] ?? "", "pools/default/roots", third));
      await expect(root).rejects.toMatchObject({ code: "ENOENT" });
    });

    it("says that there is no room, and leaves nothing", async () => {
      const bytes = await send({ root: source });
      await there?.createRoot(request(third));
      await inRoot(
        there,
        third,
        "fallocate -l 400M large || true; head -c 900M /dev/zero | tr '\\0' x > rest || true; sync",
      );
      await using receiver = streamsOf(there).receive(request(other));
      await expect(receiver.take(inPieces(bytes), one)).rejects.toMatchObject({ code: "pool_full" });
      expect((await layersIn(1)).filter((name) => name.startsWith("."))).toEqual([]);
      await there?.removeRoot(third);
    });
  });
}

function describeVolumeStreams(): void {
  describe("a volume of files as streams", () => {
    const [data, copy] = ["00000001", "00000002"] as [VolumeId, VolumeId];
    const places: string[] = [];
    let [here, there]: PoolVolumes[] = [];

    beforeAll(async () => {
      for (const _ of [1, 2]) {
        const place = await makeScratch();
        places.push(place);
        await btrfsKind.make(place);
      }
      [here, there] = places.flatMap((place) => btrfsKind.open(place).volumes ?? []);
      await here?.create({ id: data, content: "filesystem", size: 64 << 20 });
      await run(
        "sh",
        ["-ec", "head -c 3000000 /dev/urandom > blob; echo a > word; chown 33:44 word"],
        await at(here, data),
      );
      await here?.keep({ volume: data, snapshot: first });
      await run("sh", ["-ec", "echo b > word; mkdir d; chmod 1777 ."], await at(here, data));
    });
    afterAll(async () => {
      for (const place of places) await removeLodgeDir(btrfsKind, place);
    });

    const at = async (volumes: PoolVolumes | undefined, id: VolumeId) => ({ cwd: (await volumes?.path(id)) ?? "" });
    const listing = "stat -c '%a %u:%g %n' . *; cat word; md5sum blob";
    const namesIn = (index: number) => readdir(join(places[index] ?? "", "pools/default/volumes"));

    it("comes with its snapshots, and is limited and restored like any other", async () => {
      const [from, to] = [here?.streams, there?.streams];
      if (!from || !to) throw new Error("btrfs pools have streams of volumes");
      expect(await from.has(data)).toBe(true);
      {
        await using receiver = to.receive({ id: copy, content: "filesystem" });
        await using kept = await from.send({ volume: data, snapshot: first });
        await receiver.take(kept.stream(), one);
        expect(await namesIn(1)).toHaveLength(1);
        await using now = await from.send({ volume: data }, { volume: data, snapshot: first });
        expect(await now.bytes()).toBeLessThan(10_000);
        await receiver.take(now.stream());
      }
      expect(await readdir(join(places[0] ?? "", "pools/default/volumes", data))).toHaveLength(2);
      expect(await run("sh", ["-ec", listing], await at(there, copy))).toBe(
        await run("sh", ["-ec", listing], await at(here, data)),
      );
      const request = { id: copy, content: "filesystem", size: 8 << 20 } as const;
      await there?.resize(request);
      const much = run("sh", ["-ec", "head -c 20000000 /dev/urandom > large"], await at(there, copy));
      await expect(much).rejects.toThrow(/quota/i);
      await there?.restore(request, one);
      expect(await run("sh", ["-ec", "cat word; ls"], await at(there, copy))).toBe("a\nblob\nword");
      await there?.reconcile(new Map([[copy, [one]]]));
      await there?.restore(request, one);
    });

    it("that breaks off leaves nothing", async () => {
      {
        await using receiver = there?.streams?.receive({ id: data, content: "filesystem" });
        await using kept = await here?.streams?.send({ volume: data, snapshot: first });
        if (!kept) throw new Error("btrfs pools have streams of volumes");
        await receiver?.take(kept.stream(), one);
        const strange = receiver?.take(inPieces(Buffer.alloc(5000, 7)));
        await expect(strange).rejects.toMatchObject({ code: "backup_invalid" });
      }
      expect(await namesIn(1)).toEqual([copy]);
    });
  });
}
