/** Networks as a user makes them, with instances on them and a LAN beside the host. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Lan, lanPeer } from "../harness/lan.ts";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
let lan: Lan;

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  lan = await Lan.create(lodge);
});
afterAll(async () => {
  lan.close();
  await lodge.stop();
});

const inside = (name: string, ...command: string[]) => lodge.run("exec", name, "--", ...command);
const ping = async (name: string, address: string) =>
  (await inside(name, "ping", "-c", "1", "-W", "1", address)).status === 0;
const answers = (name: string, address: string) =>
  until(`an answer of ${address} to ${name}`, 20_000, async () => (await ping(name, address)) || undefined);

test("a network is made, changed, renamed and deleted", async () => {
  await lodge.must("network", "create", "dev", "--description", "a lab");
  expect(await lodge.must("network", "get", "dev", "ipv4.address")).toMatch(/^10\.\d+\.\d+\.1\/24$/);
  await lodge.must("network", "set", "dev", "dns.domain=dev.example", "ipv4.nat=false");
  await lodge.must("network", "rename", "dev", "lab");
  const [lab] = (JSON.parse(await lodge.must("network", "list", "-f", "json")) as { name: string }[]).filter(
    ({ name }) => name === "lab",
  );
  expect(lab).toMatchObject({ description: "a lab", config: { "dns.domain": "dev.example", "ipv4.nat": "false" } });
  expect(await lodge.must("network", "info", "lab")).toMatch(/^State: +up$/m);
  await lodge.must("network", "delete", "lab");
  expect((await lodge.run("network", "show", "lab")).status).toBe(3);
});

test.each([
  [["n", "ipv4.address=10.9.9.0/24"], 2, "ipv4.address"],
  [["n", "no.such.key=1"], 2, "docs/reference/networks.md"],
  [["lodgebr0"], 4, "exists already"],
  [["a-name-that-is-too-long"], 2, "cannot be the name"],
])("network create %j is refused", async (words, status, message) => {
  const refused = await lodge.run("network", "create", ...words);
  expect(refused.status).toBe(status);
  expect(refused.stderr).toContain(message);
  expect(await lodge.client.networks.list()).toHaveLength(1);
});

test("instances on an isolated network reach each other and nothing else", async () => {
  await lodge.must("network", "create", "closed", "bridge.uplink=none");
  for (const name of ["i1", "i2"]) await lodge.must("launch", "tiny", name, "-d", "eth0,network=closed");
  await lodge.must("launch", "tiny", "c1");
  await answers("i1", "i2.lodge");
  const address = await lodge.ipv4("c1");
  expect(await ping("i1", address)).toBe(false);
  const { stdout } = await inside("i1", "ip", "route");
  expect(stdout).not.toContain("default");
  const isolated = await lodge.ipv4("i1");
  expect((await lodge.runOnHost("ping", "-c", "1", "-W", "1", isolated)).status).not.toBe(0);
});

test("a network in use cannot be deleted, and says who uses it", async () => {
  const refused = await lodge.run("network", "delete", "closed");
  expect(refused.status).toBe(4);
  expect(refused.stderr).toMatch(/instance "i1".*instance "i2"/);
});

test("a nic has the fixed address that it asks for, if that is right and free", async () => {
  const config = ["ipv4.address=10.99.1.1/24", "bridge.mtu=1400", "dns.domain=big.example"];
  await lodge.must("network", "create", "big", ...config);
  await lodge.must("launch", "tiny", "c2", "-d", "eth0,network=big", "-d", "eth0,ipv4.address=10.99.1.77");
  expect(await lodge.ipv4("c2")).toBe("10.99.1.77");
  expect(await lodge.must("network", "list-leases", "big")).toMatch(/c2 .*10\.99\.1\.77 +STATIC/);
  const add = (address: string) =>
    lodge.run("device", "add", "c1", "eth1", "nic", "network=big", `ipv4.address=${address}`);
  expect((await add("10.99.1.77")).stderr).toContain(`taken by instance "c2"`);
  expect((await add("10.99.2.77")).stderr).toContain("not inside");
});

test("peers reach each other by address and by name, whatever their domains", async () => {
  expect(await ping("c1", "10.99.1.77")).toBe(false);
  await lodge.must("network", "set", "big", "bridge.peers=lodgebr0");
  expect(await ping("c1", "10.99.1.77")).toBe(false);
  await lodge.must("network", "set", "lodgebr0", "bridge.peers=big");
  await answers("c1", "c2.big.example");
  await answers("c2", "c1.lodge");
});

test("both types of instance honour the MTU of their network", async () => {
  await lodge.must("launch", "tiny", "v1", "--vm", "-c", "limits.memory=256MiB", "-d", "eth0,network=big");
  await lodge.must("wait", "v1");
  for (const name of ["c2", "v1"])
    expect((await inside(name, "ip", "link", "show", "eth0")).stdout).toContain("mtu 1400");
  expect(await lodge.must("network", "info", "big")).toMatch(/^MTU: +1400$/m);
});

test("what would cut off running instances is refused, and says whom", async () => {
  for (const setting of ["bridge.mtu=1300", "ipv4.address=10.98.1.1/24"]) {
    const refused = await lodge.run("network", "set", "big", setting);
    expect(refused.status).toBe(4);
    expect(refused.stderr).toMatch(/c2.*v1/);
  }
});

test("an address of the host's is forwarded to instances, and goes on without the daemon", async () => {
  await inside("c2", "sh", "-c", "mkdir /www && echo page > /www/index.html && httpd -p 80 -h /www");
  const page = async (port: number) => (await lan.run("busybox", "wget", "-qO-", `http://192.0.2.1:${port}/`)).stdout;
  await lodge.must("network", "forward", "create", "big", "192.0.2.1");
  await lodge.must(
    "network",
    "forward",
    "port",
    "add",
    "big",
    "192.0.2.1",
    "tcp",
    "8080,9000-9001",
    "10.99.1.77",
    "80",
  );
  expect(await page(8080)).toBe("page\n");
  expect(await page(9001)).toBe("page\n");
  expect((await lodge.run("network", "forward", "create", "lodgebr0", "192.0.2.1")).status).toBe(4);
  await lodge.endDaemon("SIGKILL");
  expect(await page(8080)).toBe("page\n");
  await lodge.startDaemon();
  expect(await page(8080)).toBe("page\n");
  await lodge.must("network", "forward", "set", "big", "192.0.2.1", "target_address=10.99.1.77");
  expect(await page(80)).toBe("page\n");
  await lodge.must("network", "forward", "delete", "big", "192.0.2.1");
  expect(await page(8080)).toBe("");
});

test("a nic on a bridge of the host's is in the LAN, under its own address alone", async () => {
  const lanNic = ["nictype=bridged", "parent=br0", "ipv4.address=192.0.2.50", "name=lan0"];
  await lodge.must("device", "add", "c1", "lan", "nic", ...lanNic);
  await inside("c1", "ifconfig", "lan0", "192.0.2.50", "netmask", "255.255.255.0", "up");
  await answers("c1", lanPeer.bridge);
  expect(JSON.stringify((await lodge.client.instances.state("c1")).network["lan0"]?.addresses)).toContain("192.0.2.50");
  await inside("c1", "ifconfig", "lan0", "192.0.2.51");
  expect(await ping("c1", lanPeer.bridge)).toBe(false);
  await lodge.must("device", "remove", "c1", "lan");
  expect((await inside("c1", "ip", "link", "show", "lan0")).status).not.toBe(0);
});

test("a running VM gets a MAC of its own in the LAN", async () => {
  await lodge.must("device", "add", "v1", "lan", "nic", "nictype=macvlan", "parent=wan0");
  await until(
    "the nic in v1",
    20_000,
    async () => (await inside("v1", "ip", "link", "show", "eth1")).status === 0 || undefined,
  );
  await inside("v1", "ifconfig", "eth1", "198.51.100.20", "netmask", "255.255.255.0", "up");
  await answers("v1", lanPeer.wan);
  const mac = (await lodge.client.instances.get("v1")).config["volatile.lan.hwaddr"] ?? "none";
  expect(await lan.must("ip", "neigh", "show", "198.51.100.20")).toContain(mac);
});

test("a parent that is not there is named, and so are those that are", async () => {
  const refused = await lodge.run("device", "add", "c1", "lan", "nic", "nictype=bridged", "parent=br9");
  expect(refused.status).toBe(2);
  expect(refused.stderr).toMatch(/no "br9".*br0/);
  expect(await lodge.must("device", "list", "c1")).not.toContain("lan");
});

test("stopped instances follow their network to other addresses", async () => {
  await lodge.must("delete", "--force", "v1");
  await lodge.must("stop", "c2", "--force");
  await lodge.must("network", "set", "big", "ipv4.address=10.98.1.1/24");
  expect((await lodge.run("start", "c2")).stderr).toContain("not inside");
  await lodge.must("device", "unset", "c2", "eth0", "ipv4.address");
  await lodge.must("start", "c2");
  await answers("c2", "10.98.1.1");
  expect(await lodge.must("network", "list-leases", "big")).toMatch(/c2 .*10\.98\.1\.2 +DYNAMIC/);
});
