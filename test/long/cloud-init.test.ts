/** cloud-init in guests: what it is told, and when it takes an instance for a new one. In virtual machines: test/nested. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { debianExtra, importDebianExtra } from "../harness/debian-extra.ts";
import { importCachedImage } from "../harness/image-cache.ts";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge();
  await importDebianExtra(lodge.client);
  await importCachedImage(lodge.client, "tiny", { type: "virtual-machine" });
});
afterAll(() => lodge.stop());

const userData = (text: string) => `#cloud-config
locale: false
write_files:
  - path: /root/told
    content: "${text}"
runcmd:
  - echo run >> /root/runs
`;

/** What cloud-init did in a container, once it is done. */
async function outcome(name: string) {
  const inside = (...command: string[]) => lodge.must("exec", name, "--", ...command);
  await inside("sh", "-c", "until [ -S /run/dbus/system_bus_socket ]; do sleep 0.1; done; cloud-init status --wait");
  const [told, runs, hostname] = (await inside("cat", "/root/told", "/root/runs", "/etc/hostname")).split("\n");
  return { told, runs, hostname, id: await inside("cat", "/var/lib/cloud/data/instance-id") };
}

test("a container's cloud-init does what user-data says, once, and again when they change", async () => {
  await lodge.must("init", debianExtra, "web");
  await lodge.runWith({ input: userData("first\\n") }, "config", "set", "web", "cloud-init.user-data", "-");
  await lodge.must("start", "web");
  const first = await outcome("web");
  expect(first).toMatchObject({ told: "first", runs: "run", hostname: "web" });
  const { config } = await lodge.client.instances.get("web");
  expect(first.id).toBe(config["volatile.cloud-init.instance-id"]);

  await lodge.must("restart", "web");
  expect(await outcome("web")).toEqual(first);

  await lodge.must("config", "set", "web", `user.meta-data=tier: gold`);
  await lodge.runWith({ input: userData("second\\n") }, "config", "set", "web", "cloud-init.user-data", "-");
  await lodge.must("restart", "web");
  const second = await outcome("web");
  expect(second.told).toBe("second");
  expect(second.id).not.toBe(first.id);
  expect(await lodge.must("exec", "web", "--", "cloud-init", "query", "ds.meta_data.tier")).toBe("gold");
  await lodge.must("delete", "--force", "web");
});

test("without a key cloud-init is told nothing and does nothing", async () => {
  await lodge.must("launch", debianExtra, "plain");
  expect((await lodge.run("exec", "plain", "--", "ls", "/var/lib/cloud/seed/nocloud-net")).status).not.toBe(0);
  await lodge.must("delete", "--force", "plain");
});

test("a virtual machine has the same on a disk of its own, only with a key", async () => {
  await lodge.must("launch", "tiny", "vm", "--vm", "-c", "user.user-data=#!/bin/sh");
  const disk = await lodge.must("exec", "vm", "--", "cat", "/dev/vdb");
  for (const part of ["CIDATA", "#!/bin/sh", 'local-hostname: "vm"', "put /usr/lib/lodge/lodge-ssh"]) {
    expect(disk).toContain(part);
  }
  const writing = await lodge.run("exec", "vm", "--", "sh", "-c", "echo x > /dev/vdb");
  expect(writing.status).not.toBe(0);
  await lodge.must("config", "unset", "vm", "user.user-data");
  await lodge.must("device", "add", "vm", "seed", "disk", "source=cloud-init:config");
  await lodge.must("restart", "--force", "vm");
  expect(await lodge.must("exec", "vm", "--", "cat", "/dev/vdb")).toContain("#cloud-config\n{}");
  await lodge.must("device", "remove", "vm", "seed");
  await lodge.must("restart", "--force", "vm");
  expect((await lodge.run("exec", "vm", "--", "ls", "/dev/vdb")).status).not.toBe(0);
  await lodge.must("delete", "--force", "vm");
});

test("a system that was not made for Lodge is not said to be booting for ever", async () => {
  await lodge.must("init", "--empty", "bare", "--vm");
  await lodge.must("start", "bare");
  const { status, stderr } = await lodge.run("exec", "bare", "--timeout", "1", "--", "true");
  expect(status).toBe(125);
  expect(stderr).toMatch(/not opened Lodge's port in the \d+ s since its start/);
  for (const way of ["console", "screenshot", "keys"]) expect(stderr).toContain(`lodge ${way} bare`);
  await lodge.must("delete", "--force", "bare");
});
