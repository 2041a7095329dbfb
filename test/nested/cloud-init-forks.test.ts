/** A launch with data for cloud-init from a template: what a first boot does is done in a fork that does not boot. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { importCachedImage } from "../harness/image-cache.ts";
import type { Lodge } from "../harness/lodge.ts";
import { checkout } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";

const image = "debian/12-init";
const definition = readFileSync(join(checkout, "images", "debian-12.yaml"), "utf8")
  .replace("name: debian/12", `name: ${image}`)
  .replace("    - qemu-guest-agent\n", "    - qemu-guest-agent\n    - cloud-init\n");

const userData = `#cloud-config
locale: false
write_files:
  - path: /root/told
    content: "by cloud-init\\n"
runcmd:
  - echo run >> /root/runs
`;

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ templates: true });
  await importCachedImage(lodge.client, image, { type: "virtual-machine", yaml: definition });
}, 1_800_000);
afterAll(() => lodge.stop());

test("a fork of a template does what its user-data says, once", { timeout: 1_800_000 }, async () => {
  const size = ["-c", "limits.memory=512MiB"];
  await lodge.runWith({ timeout: 900_000 }, "template", "build", image, ...size);
  await lodge.must("launch", image, "web", "--vm", ...size, "-c", `cloud-init.user-data=${userData}`);
  expect(await lodge.must("info", "web")).toMatch(/^Began: +as a fork of a template$/m);
  const inside = (script: string) => lodge.runWith({ timeout: 600_000 }, "exec", "web", "--", "sh", "-c", script);
  expect((await inside("cloud-init status --wait")).stdout).toContain("status: done");
  expect((await inside("cat /root/told /root/runs /etc/hostname")).stdout.trim()).toBe("by cloud-init\nrun\nweb");
  const { config } = await lodge.client.instances.get("web");
  expect((await inside("cat /var/lib/cloud/data/instance-id")).stdout.trim()).toBe(
    config["volatile.cloud-init.instance-id"],
  );

  await lodge.runWith({ timeout: 600_000 }, "restart", "web");
  await lodge.runWith({ timeout: 600_000 }, "wait", "web", "--timeout", "600");
  expect((await inside("cloud-init status --wait; cat /root/runs")).stdout).toMatch(/status: done\s+run\s*$/);
});
