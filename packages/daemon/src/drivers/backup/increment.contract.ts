/** Increments of real disks. Needs root. */
import { chown, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { at, compareDisks, disk, execute, newDisk, read, uid, useWorkplace, write } from "./testing/workplace.ts";

useWorkplace({ disks: true });

describe("a VM's backup since another disk", () => {
  const since = { since: { snapshot: "s", uuid: "00000000-0000-0000-0000-000000000000" } };

  it.each([
    { what: "that it stands on", before: "older", most: 4 << 20 },
    { what: "that it shares no file with", before: "flat", most: 12 << 20 },
  ])("$what has what differs, and makes of that what it is", async ({ before, most }) => {
    if (before === "flat") {
      await execute("qemu-img", ["convert", "-O", "qcow2", at("older.qcow2"), at("flat.qcow2")]);
      await chown(at("flat.qcow2"), uid, uid);
    }
    const sources = [{ content: disk("newer"), since: disk(before) }];
    const backup = await write("virtual-machine", sources, "none", since);
    expect(backup.length).toBeLessThan(most);
    const got = await newDisk(2 ** 30, "older");
    expect(await read(backup, async () => got)).toEqual(["now"]);
    expect(await compareDisks(got.path, at("newer.qcow2"))).toContain("identical");
    if (got.kind === "disk") expect(await readFile(join(got.state, "tpm/vars"), "utf8")).toBe("newer");
  });

  it("goes back as well as on, and grows", async () => {
    await execute("qemu-img", [
      "create",
      "-q",
      "-f",
      "qcow2",
      "-F",
      "qcow2",
      "-b",
      "older.qcow2",
      at("grown.qcow2"),
      "2G",
    ]);
    await execute("qemu-io", ["-f", "qcow2", "-c", "write -P 5 1500M 1M", at("grown.qcow2")]);
    await chown(at("grown.qcow2"), uid, uid);
    await mkdir(at("grown.state"));
    const sources = [
      { snapshot: "b", content: disk("older"), since: disk("newer") },
      { content: disk("grown"), since: disk("older") },
    ];
    const backup = await write("virtual-machine", sources, "zstd", since);
    const got = await newDisk(2 ** 30, "newer");
    const grow = async (_: string, size = 0) => {
      await execute("qemu-img", ["resize", "-q", got.path, `${size}`]);
      return got;
    };
    expect(await read(backup, grow)).toEqual(["b", "now"]);
    expect(await compareDisks(got.path, at("grown.qcow2"))).toContain("identical");
  });

  it("is no whole disk, and a whole disk is no such thing", async () => {
    const got = async () => newDisk(2 ** 30);
    const whole = await write("virtual-machine", [{ content: disk("newer") }], "none", since);
    await expect(read(whole, got)).rejects.toMatchObject({ code: "backup_invalid", message: /a whole disk/ });
    const changes = await write("virtual-machine", [{ content: disk("newer"), since: disk("older") }]);
    await expect(read(changes, got)).rejects.toMatchObject({ code: "backup_invalid", message: /changes of a disk/ });
  });
});
