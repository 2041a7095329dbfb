/**
 * Instances that were in one state and then in another, with a snapshot of each, and work on them that may be cut off at any
 * instant: whatever is there afterwards is in one of the two, never between.
 */
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { InstanceFull } from "@lodge/api";
import type { LodgeClient } from "@lodge/sdk";
import { expect } from "vitest";
import { type Workplace, work } from "./random-work.ts";
import { until } from "./until.ts";

/** The lodged whose host fails. */
export interface FailingSite {
  readonly client: LodgeClient;
  /** Its pool's directory, on its host. */
  readonly pool: string;
  /** Runs the CLI; returns its standard output. */
  must(...args: string[]): Promise<string>;
  /** Runs a line of shell as root on its host. */
  onHost(line: string): Promise<string>;
}

/** A stopped container and virtual machine, and two that run. */
const owners = ["c", "v", "r", "m"] as const;

/** Of containers. Far apart: a root that is between would have one of each. */
const files = ["/first", "/second"];
/** Of disks, beyond what their images hold: MiB. */
const places = [2200, 2900];
const patience = 300_000;

export class TwoStates {
  readonly #site: FailingSite;
  readonly #random: () => number;
  readonly #place: Workplace = { owners, running: ["r", "m"], machines: ["m"], resting: new Set() };

  constructor(site: FailingSite, random: () => number) {
    this.#site = site;
    this.#random = random;
  }

  /** Needs the images tiny. */
  async prepare(): Promise<void> {
    const site = this.#site;
    const disk = ["-d", "root,size=3GiB"];
    await site.must("launch", "tiny", "m", "--vm", ...disk, "-c", "limits.memory=256MiB");
    await site.must("init", "tiny", "c");
    await site.must("launch", "tiny", "r");
    await site.must("init", "--empty", "v", "--vm", ...disk);
    await site.must("wait", "m", "--timeout", "600");
    for (const [state, name] of ["one", "two"].entries()) {
      for (const owner of owners) {
        await this.#write(owner, state + 1);
        await site.must("snapshot", "create", owner, name);
      }
    }
    await site.onHost("sync");
  }

  /** Does what users do, one thing after the other, until it is told to end. */
  load(client: LodgeClient, ended: AbortSignal): Promise<void> {
    return work(client, this.#place, this.#random, ended);
  }

  /** The next daemon serves. */
  async expectWhole(when: string): Promise<void> {
    const { client } = this.#site;
    await until("operations are settled", patience, async () =>
      (await client.operations.list()).every(({ status_code }) => status_code >= 200),
    );
    const instances = await client.instances.list();
    expect(
      instances.map(({ name }) => name),
      when,
    ).toEqual(expect.arrayContaining([...owners]));
    for (const instance of instances) this.#expectStatus(instance, when);
    await this.#expectNothingHalf(instances, when);
    for (const { name } of instances) expect(await this.#read(name), `${name}, ${when}`).toMatch(/^[12]$/);
    for (const owner of owners) await this.#expectSnapshots(owner, when);
    await this.#expectSoundDisks(when);
  }

  #expectStatus({ name, status, stateful }: InstanceFull, when: string): void {
    const { running, resting } = this.#place;
    const allowed = new Set(running.includes(name) ? ["Running"] : ["Stopped"]);
    // It was being stopped with its state, or it is a fork.
    if (stateful || resting.has(name)) allowed.add("Stopped");
    if (status === "Running") resting.delete(name);
    if (name.startsWith("x")) allowed.add("Running");
    expect([...allowed], `${name}, ${when}`).toContain(status);
  }

  /** As many roots as there are instances and backups, and nothing that was being made or removed. */
  async #expectNothingHalf(instances: readonly InstanceFull[], when: string): Promise<void> {
    const { client, pool } = this.#site;
    const roots = (await this.#site.onHost(`ls ${pool}/roots`)).split("\n");
    const backups = await Promise.all(instances.map(({ name }) => client.instances.backups(name).list()));
    expect(roots, when).toEqual(expect.arrayContaining(instances.map(({ config }) => idOf(config))));
    expect(roots.length, when).toBe(instances.length + backups.flat().length);
    expect(
      await this.#site.onHost(`find ${pool}/roots ${pool}/layers ${pool}/images -maxdepth 1 -name '.*'`),
      when,
    ).toBe("");
  }

  async #expectSnapshots(owner: string, when: string): Promise<void> {
    const { instances } = this.#site.client;
    const names = (await instances.snapshots(owner).list()).map(({ name }) => name);
    expect(names, `${owner}, ${when}`).toEqual(expect.arrayContaining(["one", "two"]));
    for (const name of names) {
      await (await instances.create({ name: "y", source: { type: "copy", source: `${owner}/${name}` } })).wait();
      const expected = { one: /^1$/, two: /^2$/ }[name] ?? /^[12]$/;
      expect(await this.#read("y"), `${owner}/${name}, ${when}`).toMatch(expected);
      await (await instances.delete("y")).wait();
    }
  }

  /** Removes what was made besides, and looks at the disks while nobody writes to them: space that is lost is no damage. */
  async #expectSoundDisks(when: string): Promise<void> {
    const { client, pool } = this.#site;
    const all = await client.instances.list();
    const moving = all.filter(({ type, status }) => type === "virtual-machine" && status === "Running");
    for (const { name } of moving) await (await client.instances.setState(name, "stop", { force: true })).wait();
    const disks = `find ${pool}/layers ${pool}/images -name disk.qcow2`;
    const check = `qemu-img check -q "$disk" >/dev/null || [ $? = 3 ] || echo "$disk"`;
    expect(await this.#site.onHost(`${disks} | while read -r disk; do ${check}; done`), when).toBe("");
    for (const { name, status } of await client.instances.list()) {
      if (name.startsWith("x")) {
        if (status === "Running") await (await client.instances.setState(name, "stop", { force: true })).wait();
        await (await client.instances.delete(name)).wait();
      } else if (this.#place.running.includes(name) && status === "Stopped")
        await (await client.instances.setState(name, "start")).wait();
    }
  }

  async #write(name: string, state: number): Promise<void> {
    const site = this.#site;
    const { client } = site;
    const { type, status } = await client.instances.get(name);
    if (type === "container") {
      const inside = client.instances.files(name);
      for (const path of files) await inside.write(path, Readable.from([`${state}`]));
    } else if (status === "Running") {
      const pattern = `head -c 65536 /dev/zero | tr '\\0' '\\00${state}'`;
      const lines = places.map((at) => `${pattern} | dd of=/dev/vda bs=1M seek=${at} conv=notrunc,fsync`);
      await site.must("exec", name, "--", "sh", "-ec", lines.join("\n"));
    } else {
      const commands = places.map((at) => `-c 'write -P ${state} ${at}M 64k'`).join(" ");
      await site.onHost(`qemu-io -f qcow2 ${commands} ${await this.#disk(name)} >/dev/null`);
    }
  }

  /** 1 or 2; anything else is a fault. */
  async #read(name: string): Promise<string> {
    if ((await this.#get(name)).type === "virtual-machine") return this.#readDisk(await this.#disk(name));
    const inside = this.#site.client.instances.files(name);
    const found: string[] = [];
    for (const path of files) {
      const entry = await inside.read(path);
      found.push(entry.type === "file" ? await text(entry.content) : entry.type);
    }
    return [...new Set(found)].join(" and ");
  }

  /** Also while it is in use: nobody writes there. */
  #readDisk(disk: string): Promise<string> {
    const verify = (state: number) => {
      const commands = places.map((at) => `-c 'read -P ${state} ${at}M 64k'`).join(" ");
      return `qemu-io -U -r -f qcow2 ${commands} ${disk} | grep -q 'verification failed' || printf ${state}`;
    };
    return this.#site.onHost(`${verify(1)}\n${verify(2)}`);
  }

  /** The file that a virtual machine writes to. */
  async #disk(name: string): Promise<string> {
    const { pool } = this.#site;
    const record = await this.#site.onHost(`cat ${pool}/roots/${idOf((await this.#get(name)).config)}/root.json`);
    return `${pool}/layers/${(JSON.parse(record) as { top: string }).top}/disk.qcow2`;
  }

  #get(name: string) {
    return this.#site.client.instances.get(name);
  }
}

const idOf = (config: Readonly<Record<string, string>>): string => (config["volatile.uuid"] ?? "").slice(0, 8);
