/** Devices as users add and remove them: of containers, and proxies of both types. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
const share = mkdtempSync(join(tmpdir(), "lodge-share-"));

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  writeFileSync(join(share, "greeting"), "hello\n");
  await lodge.must("launch", "tiny", "c1");
  await lodge.ipv4("c1");
});
afterAll(async () => {
  rmSync(share, { recursive: true });
  await lodge.stop();
});

const inside = (script: string, name = "c1") => lodge.must("exec", name, "--", "sh", "-c", script);
const tryInside = (script: string) => lodge.run("exec", "c1", "--", "sh", "-c", script);

/** What comes back when a program on the host says something to an address, in socat's words, and says no more. */
async function hostAsks(address: string, said: string): Promise<string> {
  const [file, ...args] = [...lodge.insideHostNetwork, "socat", "-t5", "-", address];
  return (await runCommand(file, args, { input: said, timeout: 20_000 })).stdout;
}

/** What a web server says to the host; empty when it cannot be reached. */
async function page(address: string): Promise<string> {
  const answer = await hostAsks(`TCP:${address},connect-timeout=5`, "GET / HTTP/1.0\r\n\r\n");
  return answer.split("\r\n\r\n")[1]?.trim() ?? "";
}

describe("a directory of the host", () => {
  test("is added to a running container, and written to by both", async () => {
    await lodge.must("device", "add", "c1", "data", "disk", `source=${share}`, "path=/srv/data");
    expect(await inside("cat /srv/data/greeting && echo new >/srv/data/new && stat -c %u /srv/data/new")).toBe(
      "hello\n0",
    );
    expect(readFileSync(join(share, "new"), "utf8")).toBe("new\n");
  });

  test("is still there under the next daemon, and after a restart of the container", async () => {
    await lodge.restartDaemon("SIGKILL");
    expect(await inside("cat /srv/data/greeting")).toBe("hello");
    await lodge.must("restart", "c1");
    expect(await inside("cat /srv/data/greeting")).toBe("hello");
  });

  test("can be read-only, and in use it is not taken away", async () => {
    await lodge.must("device", "set", "c1", "data", "readonly=true");
    expect((await tryInside("echo x >/srv/data/greeting")).stderr).toContain("Read-only");
    await inside("cd /srv/data; sleep 1000 </dev/null >/dev/null 2>&1 &");
    const refused = await lodge.run("device", "remove", "c1", "data");
    expect(refused.stderr).toContain("in use");
    await inside("killall sleep; while pidof sleep >/dev/null; do :; done");
    await lodge.must("device", "remove", "c1", "data");
    expect(await inside("ls /srv/data")).toBe("");
  });

  test("does not come to lie over the host's files by a symlink of the container's", async () => {
    await inside(`ln -s ${share} /way-out; ln -s ../../../.. /way-up`);
    const refused = await lodge.run("device", "add", "c1", "out", "disk", `source=${share}`, "path=/way-out/in");
    expect(refused.stderr).toContain("a symbolic link that leads nowhere");
    await lodge.must("device", "add", "c1", "up", "disk", `source=${share}`, "path=/way-up/in");
    expect(await inside("cat /in/greeting")).toBe("hello");
    expect(existsSync(join(share, "in"))).toBe(false);
    await lodge.must("device", "remove", "c1", "up");
  });

  test("that is missing is refused", async () => {
    const missing = await lodge.run("device", "add", "c1", "data", "disk", "source=/no/such", "path=/srv/data");
    expect(missing).toMatchObject({ status: 2, stderr: expect.stringContaining("/no/such") });
  });
});

test("a device of the host is given to a container and taken away", async () => {
  await lodge.must(
    "device",
    "add",
    "c1",
    "full",
    "unix-char",
    "source=/dev/full",
    "path=/dev/myfull",
    "mode=0600",
    "uid=5",
  );
  expect(await inside("stat -c '%F %u %a' /dev/myfull")).toBe("character special file 5 600");
  expect((await tryInside("echo x >/dev/myfull")).stderr).toContain("No space left");
  await lodge.must("device", "remove", "c1", "full");
  expect((await tryInside("ls /dev/myfull")).status).toBe(1);
});

test("a nic is added to a running container, gets its address, and goes", async () => {
  await lodge.must("device", "add", "c1", "eth1", "nic", "network=lodgebr0");
  const address = await until("an address", 30_000, async () => {
    const { network } = await lodge.client.instances.state("c1");
    return network?.["eth1"]?.addresses.find(({ family }) => family === "inet")?.address;
  });
  expect(await inside("ip -4 -o addr show dev eth1")).toContain(`${address}/24`);
  await lodge.must("device", "remove", "c1", "eth1");
  expect(await inside("ip link")).not.toContain("eth1");
});

test("somebody can log in on a container's console", async () => {
  await until("the prompt", 10_000, async () => (await lodge.must("console", "c1", "--log")).endsWith("c1 login: "));
});

describe("a proxy to a container", () => {
  const front = "127.0.0.1:8080";

  test("serves a page of a web server that listens inside on loopback alone", async () => {
    await inside("mkdir -p /www && echo from c1 >/www/index.html && httpd -p 127.0.0.1:80 -h /www");
    await lodge.must("device", "add", "c1", "p80", "proxy", `listen=tcp:${front}`, "connect=tcp:127.0.0.1:80");
    expect(await page(front)).toBe("from c1");
  });

  test("goes on without a daemon and under the next, in the same process", async () => {
    await lodge.endDaemon("SIGKILL");
    expect(await page(front)).toBe("from c1");
    await lodge.startDaemon();
    expect(await page(front)).toBe("from c1");
  });

  test("is refused where its address is taken, and nothing is left of it", async () => {
    const twice = await lodge.run(
      "device",
      "add",
      "c1",
      "p81",
      "proxy",
      `listen=tcp:${front}`,
      "connect=tcp:127.0.0.1:81",
    );
    expect(twice).toMatchObject({ status: 4, stderr: expect.stringContaining("in use") });
    expect(await lodge.must("device", "list", "c1", "-f", "csv")).not.toContain("p81");
    await lodge.must("init", "tiny", "c2");
    const stopped = await lodge.run(
      "device",
      "add",
      "c2",
      "p80",
      "proxy",
      `listen=tcp:${front}`,
      "connect=tcp:127.0.0.1:80",
    );
    expect(stopped).toMatchObject({ status: 4, stderr: expect.stringContaining("in use") });
    await lodge.must("delete", "c2");
  });

  test("passes datagrams and unix sockets on, and from the container to the host", async () => {
    const socket = join(share, "front.sock");
    await lodge.must(
      "device",
      "add",
      "c1",
      "sock",
      "proxy",
      `listen=unix:${socket}`,
      "connect=tcp:127.0.0.1:80",
      "mode=0600",
    );
    expect(await hostAsks(`UNIX-CONNECT:${socket}`, "GET / HTTP/1.0\r\n\r\n")).toContain("from c1");
    await lodge.must(
      "device",
      "add",
      "c1",
      "back",
      "proxy",
      "bind=instance",
      "listen=tcp:127.0.0.1:90",
      `connect=unix:${socket}`,
    );
    expect(await inside("wget -q -O - http://127.0.0.1:90/")).toBe("from c1");
    const logged = lodge.runOnHost("timeout", "30", "socat", "-u", "UDP-RECVFROM:5514,bind=127.0.0.1", "-");
    await lodge.must(
      ...["device", "add", "c1", "logs", "proxy", "bind=instance", "listen=udp:127.0.0.1:514"],
      "connect=udp:127.0.0.1:5514",
    );
    await inside("syslogd -R 127.0.0.1:514; until [ -S /dev/log ]; do :; done; logger hello from c1");
    expect((await logged).stdout).toContain("hello from c1");
    await lodge.must("device", "remove", "c1", "sock", "back", "logs");
    expect(existsSync(socket)).toBe(false);
  });

  test("ends with the container's run, and begins with the next", async () => {
    await lodge.must("stop", "c1", "--force");
    expect(await page(front)).toBe("");
    await lodge.must("start", "c1");
    await inside("httpd -p 127.0.0.1:80 -h /www");
    expect(await page(front)).toBe("from c1");
  });
});

describe("a proxy to a virtual machine", () => {
  beforeAll(async () => {
    await lodge.must("launch", "tiny", "v1", "--vm", "-c", "limits.memory=256MiB");
    await lodge.must("wait", "v1");
    await inside("mkdir -p /www && echo from v1 >/www/index.html && httpd -p 80 -h /www", "v1");
    await lodge.ipv4("v1");
  });

  test("reaches it over its network, by a program or by address translation", async () => {
    const refused = await lodge.run(
      "device",
      "add",
      "v1",
      "p",
      "proxy",
      "listen=tcp:127.0.0.1:81",
      "connect=tcp:127.0.0.1:80",
    );
    expect(refused.stderr).toContain("tcp:0.0.0.0:PORT");
    await lodge.must("device", "add", "v1", "p", "proxy", "listen=tcp:127.0.0.1:81", "connect=tcp:0.0.0.0:80");
    expect(await page("127.0.0.1:81")).toBe("from v1");
    await lodge.runOnHost("ip", "address", "add", "192.0.2.1/32", "dev", "lo");
    for (const [name, port, target] of [
      ["v1", 82, 80],
      ["c1", 83, 8000],
    ] as const) {
      await lodge.must(
        "device",
        "add",
        name,
        "nat",
        "proxy",
        `listen=tcp:192.0.2.1:${port}`,
        `connect=tcp:0.0.0.0:${target}`,
        "nat=true",
      );
    }
    expect(await page("192.0.2.1:82")).toBe("from v1");
    await inside("httpd -p 8000 -h /www");
    expect(await page("192.0.2.1:83")).toBe("from c1");
    await lodge.restartDaemon("SIGKILL");
    for (const [port, name] of Object.entries({ 82: "v1", 83: "c1" })) {
      expect(await page(`192.0.2.1:${port}`)).toBe(`from ${name}`);
    }
    await lodge.must("device", "remove", "v1", "nat", "p");
    expect([await page("127.0.0.1:81"), await page("192.0.2.1:82")]).toEqual(["", ""]);
  });
});
