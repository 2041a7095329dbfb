/** Export and import of both types of instance, as a user types them. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "c1", "-c", "user.note=first");
  await lodge.must("launch", "tiny", "v1", "--vm", "-c", "limits.memory=256MiB");
  await lodge.must("wait", "v1");
});
afterAll(() => lodge.stop());

const inside = (name: string, script: string) => lodge.must("exec", name, "--", "sh", "-c", script);
const file = (name: string) => join(lodge.directory, name);
const roots = () => readdirSync(join(lodge.directory, "pools/default/roots"));
const sums = "cd /root; md5sum blob word hard; ls -l sym; stat -c '%a %u %h' word hard | sort -u";

describe.each([
  { type: "container", name: "c1" },
  { type: "virtual machine", name: "v1" },
])("a $type", ({ name }) => {
  let before: Awaited<ReturnType<typeof lodge.client.instances.get>>;
  let content = "";

  test("is exported while it runs, and goes on", async () => {
    await inside(
      name,
      "cd /root; head -c 3000000 /dev/urandom > blob; echo then > word; ln word hard; ln -s word sym; sync",
    );
    await lodge.must("snapshot", "create", name, "s1");
    await inside(name, "cd /root; echo now > word; sync");
    content = await inside(name, sums);
    const made = roots();
    expect(await lodge.must("export", name, file(`${name}.tar.zst`))).toMatch(/^Exported .* \(\d/);
    expect(await inside(name, sums)).toBe(content);
    expect(roots()).toEqual(made);
    expect(await lodge.run("export", name, file(`${name}.tar.zst`))).toMatchObject({ status: 2 });
  });

  test("comes back as the same instance, with the same content, once it is gone", async () => {
    before = await lodge.client.instances.get(name);
    // How a run began is said of that run.
    for (const config of [before.config, before.expanded_config]) delete config["volatile.begun"];
    await lodge.must("delete", "--force", name);
    expect(await lodge.must("import", file(`${name}.tar.zst`))).toBe(`Imported ${name}`);
    const { status: _was, status_code: _code, last_used_at: _used, ...same } = before;
    expect(await lodge.client.instances.get(name)).toMatchObject({ ...same, status: "Stopped" });
    expect(await lodge.must("import", file(`${name}.tar.zst`), `${name}-copy`)).toBe(`Imported ${name}-copy`);
    const copy = await lodge.client.instances.get(`${name}-copy`);
    for (const key of ["volatile.uuid", "volatile.eth0.hwaddr"]) expect(copy.config[key]).not.toBe(before.config[key]);
    await lodge.must("start", name);
    await lodge.must("wait", name);
    expect(await inside(name, sums)).toBe(content);
    await lodge.must("restore", name, "s1");
    await lodge.must("wait", name);
    expect(await inside(name, "cat /root/word /root/hard")).toBe("then\nthen");
    await lodge.must("stop", "--force", name);
  });

  test("is exported stopped, through a pipe and without snapshots, and is the same again", async () => {
    await lodge.must("import", file(`${name}.tar.zst`), `${name}-last`);
    for (const [source, target] of [
      [`${name}-last`, "a.tar"],
      [`${name}-copy`, "b.tar"],
    ] as const)
      await lodge.must("export", source, file(target), "--instance-only", "--compression", "none", "--force");
    const list = (path: string) => {
      const tar = ["--list", "--verbose", "--full-time", "--numeric-owner", "--file", file(path)];
      return execFileSync("tar", tar, { encoding: "utf8" }).replaceAll(/.*((index|backup)\.yaml|\/state\/)\n/g, "");
    };
    expect(list("a.tar")).toBe(list("b.tar"));
    expect(list("a.tar")).not.toContain("snapshots");
    await lodge.must("delete", `${name}-last`, `${name}-copy`);
  });

  test("is not made of what is damaged or cut, and nothing of that is kept", async () => {
    const whole = readFileSync(file(`${name}.tar.zst`));
    const kept = roots();
    const flipped = Buffer.from(whole);
    const middle = Math.floor(whole.length / 2);
    flipped[middle] = (flipped[middle] ?? 0) ^ 0xff;
    for (const [what, bytes] of [
      ["flipped", flipped],
      ["cut", whole.subarray(0, middle)],
    ] as const) {
      writeFileSync(file("bad.tar.zst"), bytes);
      const { status, stderr } = await lodge.run("import", file("bad.tar.zst"), "bad");
      expect([what, status, stderr]).toEqual([what, 2, expect.stringContaining("The backup is refused")]);
    }
    expect(await lodge.client.instances.names()).not.toContain("bad");
    expect(roots()).toEqual(kept);
  });
});

test("a backup is put by, fetched after the instance has changed and the daemon was killed, and removed", async () => {
  await lodge.must("start", "c1");
  await inside("c1", "echo kept > /root/word");
  const backups = lodge.client.instances.backups("c1");
  await (await backups.create({ name: "monday", instance_only: true })).wait();
  await inside("c1", "echo later > /root/word");
  await lodge.restartDaemon("SIGKILL");
  const stream = await lodge.client.instances.backups("c1").fetch("monday");
  await (await lodge.client.instances.import(stream, { name: "c9" })).wait();
  await lodge.must("start", "c9");
  expect(await inside("c9", "cat /root/word")).toBe("kept");
  await (await lodge.client.instances.backups("c1").delete("monday")).wait();
  expect(roots()).toHaveLength(3);
  expect(statSync(file("c1.tar.zst")).size).toBeLessThan(20 << 20);
});
