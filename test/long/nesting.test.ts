/** Containers inside a container: Debian's Docker, whose images are made on the spot, since there is no way out to a registry. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { debianExtra, importDebianExtra } from "../harness/debian-extra.ts";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

/** Makes the image \`box\` of the busybox that is there. */
const makeImage = `
  mkdir -p /root/box/bin && cp /bin/busybox /root/box/bin
  for tool in sh echo cat id ping tail; do ln -sf busybox /root/box/bin/$tool; done
  tar -C /root/box -c . | docker import - box >/dev/null`;

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge();
  await importDebianExtra(lodge.client);
  await lodge.must("launch", debianExtra, "dock", "-c", "security.nesting=true", "-c", "limits.memory=1GiB");
  await booted("dock");
  await lodge.must("exec", "dock", "--", "sh", "-ec", makeImage);
});
afterAll(() => lodge.stop());

const booted = (name: string) =>
  until(`the boot of ${name}`, 120_000, async () => {
    const { stdout } = await lodge.run("exec", name, "--", "systemctl", "is-system-running");
    return stdout === "running\n" || stdout === "degraded\n";
  });

const docker = (...args: string[]) => lodge.run("exec", "dock", "--", "docker", ...args);

test("the distribution's systemd and Docker come up whole", async () => {
  expect(await lodge.must("exec", "dock", "--", "systemctl", "is-system-running")).toBe("running");
  expect(await lodge.must("exec", "dock", "--", "docker", "info", "--format", "{{.Driver}}")).toBe("fuse-overlayfs");
});

test("Docker runs a container without a network, and one on its own bridge", async () => {
  expect(await docker("run", "--rm", "--network", "none", "box", "/bin/echo", "hello")).toMatchObject({
    status: 0,
    stdout: "hello\n",
  });
  const ping = await docker("run", "--rm", "box", "/bin/ping", "-c", "1", "172.17.0.1");
  expect(ping.stdout).toContain("1 packets received");
});

test("Docker's limits hold inside those of the instance", async () => {
  const greedy = await docker("run", "--rm", "--memory", "32m", "box", "/bin/tail", "/dev/zero");
  expect(greedy.status).toBe(137);
  expect(await lodge.must("exec", "dock", "--", "echo", "on")).toBe("on");
});

const ownProc = (name: string) =>
  lodge.run(
    ...["exec", name, "--", "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc"],
    ...["readlink", "/proc/self"],
  );

test("a user namespace inside has a /proc of its own, with the key only", async () => {
  expect(await ownProc("dock")).toMatchObject({ status: 0, stdout: "1\n" });
  await lodge.must("launch", debianExtra, "plain");
  expect((await ownProc("plain")).status).not.toBe(0);
});

test("an instance with containers inside stops and goes like any other", async () => {
  await docker("run", "--detach", "--stop-signal", "SIGKILL", "box", "/bin/tail", "-f", "/dev/null");
  await lodge.must("pause", "dock");
  await lodge.must("resume", "dock");
  await lodge.must("restart", "dock");
  await booted("dock");
  expect(await lodge.must("exec", "dock", "--", "docker", "ps", "--all", "--format", "{{.Image}} {{.Status}}")).toMatch(
    /^box Exited/,
  );
  await lodge.must("delete", "--force", "dock", "plain");
});
