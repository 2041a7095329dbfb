/** Limits of disks and nics as users set them, measured inside: at the start, while an instance runs, under the next daemon. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  const machine = lodge.must("launch", "tiny", "v1", "--vm", "-d", "root,limits.write=2MiB");
  await lodge.must("launch", "tiny", "c1", "-d", "root,limits.write=2MiB", "-d", "eth0,limits.egress=20Mbit");
  await lodge.must("launch", "tiny", "c2");
  for (const name of ["c1", "c2"]) await lodge.ipv4(name);
  await machine;
  await lodge.ipv4("v1");
  for (const name of ["c1", "c2", "v1"]) {
    await inside(name, "mkdir /run/served; head -c 5000000 /dev/zero >/run/served/5MB; httpd -p 4000 -h /run/served");
  }
});
afterAll(() => lodge.stop());

const inside = (name: string, script: string) => lodge.must("exec", name, "--", "sh", "-c", script);

/** Seconds that a script takes inside, by the clock there: what it costs to get there is not counted. */
async function seconds(name: string, script: string): Promise<number> {
  const clock = (what: string) => `read -r ${what} _ </proc/uptime`;
  const said = await inside(name, `${clock("from")}; ${script}; ${clock("to")}; echo "$from $to"`);
  const [from = Number.NaN, to = Number.NaN] = said.split(" ").map(Number);
  return to - from;
}

/** Past the page cache: 4 MiB. */
const write = (name: string) => seconds(name, "dd if=/dev/zero of=/written bs=128k count=32 oflag=direct 2>/dev/null");
const read = (name: string) => seconds(name, "dd if=/written of=/dev/null bs=4k count=200 iflag=direct 2>/dev/null");

/** 5 MB from memory, until the other side has all of it. */
async function send(from: string, to: string): Promise<number> {
  const address = (await inside(from, "ip -4 -o addr show eth0")).split(/\s+/)[3]?.split("/")[0];
  return seconds(to, `wget -q -O /dev/null http://${address}:4000/5MB`);
}

test("limits are in force from the start on, and kept by the next daemon", async () => {
  const seen = async () => [await lodge.must("info", "c1"), await lodge.must("info", "v1")];
  const limits = [/root: writes 2.0 MiB\/s\s+eth0: sends 20 Mbit\/s/, /root: writes 2.0 MiB\/s/].map((each) =>
    expect.stringMatching(each),
  );
  expect(await seen()).toEqual(limits);
  await lodge.restartDaemon("SIGKILL");
  expect(await seen()).toEqual(limits);
});

describe.each(["c1", "v1"])("the root disk of %s", (name) => {
  test("is limited, and not any more when that is unset", async () => {
    const limited = await write(name);
    expect(limited).toBeGreaterThan(1.5);
    await lodge.must("device", "unset", name, "root", "limits.write");
    expect(await write(name)).toBeLessThan(limited / 2);
  });

  test("is limited in operations while it runs", async () => {
    const before = await read(name);
    await lodge.must("device", "set", name, "root", "limits.max=100iops");
    expect(await read(name)).toBeGreaterThan(Math.max(1.5, before));
    expect(await lodge.must("info", name)).toContain("root: reads 100 operations/s, writes 100 operations/s");
    await lodge.must("device", "unset", name, "root", "limits.max");
  });

  test("keeps its limits when a value is wrong", async () => {
    const wrong = await lodge.run("device", "set", name, "root", "limits.write=20Mbit");
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('limits.write "20Mbit" must be bytes') });
    expect(await lodge.must("device", "show", name)).not.toContain("limits.write: 20Mbit");
  });
});

test("a nic is limited in what it sends", async () => {
  const limited = await send("c1", "c2");
  expect(limited).toBeGreaterThan(1.5);
  expect(limited).toBeLessThan(6);
  expect(await send("c2", "c1")).toBeLessThan(limited / 2);
});

test("a nic is limited in what it receives, and let go, while the instance runs", async () => {
  await lodge.must("device", "set", "c1", "eth0", "limits.ingress=20Mbit");
  await lodge.must("device", "unset", "c1", "eth0", "limits.egress");
  const limited = await send("c2", "c1");
  expect(limited).toBeGreaterThan(1.5);
  expect(await send("c1", "c2")).toBeLessThan(limited / 2);
});

test("a virtual machine's nic is limited by its profile", async () => {
  await lodge.must("profile", "device", "set", "default", "eth0", "limits.max=20Mbit");
  const sent = await send("v1", "c2");
  expect(sent).toBeGreaterThan(1.5);
  await lodge.must("profile", "device", "unset", "default", "eth0", "limits.max");
  expect(await send("v1", "c2")).toBeLessThan(sent / 1.5);
});
