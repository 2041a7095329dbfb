/** What the driver's tests need around it: a LODGE_DIR, instances that are bare namespaces, and an outside. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { silentLog } from "@lodge/core";
import { unbind } from "../../../../system/bind-mount.ts";
import { LodgePaths } from "../../../../system/paths.ts";
import { run } from "../../../../system/run.ts";
import { type BridgeDriver, createBridgeDriver, removeFabric } from "../driver.ts";
import { runInside } from "../fabric-namespace.ts";

/** Configures the interface as told by the DHCP server; what clients bring along for Debian does the same. */
const dhcpScript = `#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr replace "$ip/$mask" dev "$interface"
ip route replace default via "$router"
[ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
`;

const serverKinds = {
  tcp4: { listen: "TCP4-LISTEN", options: "fork,reuseaddr", connect: "TCP4", list: "-4t" },
  tcp6: { listen: "TCP6-LISTEN", options: "fork,reuseaddr,ipv6only=1", connect: "TCP6", list: "-6t" },
  udp4: { listen: "UDP4-RECVFROM", options: "fork", connect: "UDP4", list: "-4u" },
};
export type ServerKind = keyof typeof serverKinds;

export class NetworkHost {
  readonly paths: LodgePaths;
  readonly #drivers: BridgeDriver[] = [];
  readonly #namespaces: string[] = [];
  readonly #servers: ChildProcess[] = [];

  private constructor(directory: string) {
    this.paths = new LodgePaths(directory);
  }

  static async create(): Promise<NetworkHost> {
    const directory = await mkdtemp(join(tmpdir(), "lodge-network-"));
    await chmod(directory, 0o711);
    await writeFile(join(directory, "dhcp"), dhcpScript, { mode: 0o755 });
    return new NetworkHost(directory);
  }

  /** The driver of the next daemon. */
  driver(uplink: "auto" | "none" = "none"): BridgeDriver {
    const driver = createBridgeDriver({ paths: this.paths, log: silentLog, uplink });
    this.#drivers.push(driver);
    return driver;
  }

  /** A network namespace with nothing in it but loopback; its path. */
  async namespace(): Promise<string> {
    const path = join(this.paths.root, `instance${this.#namespaces.length}`);
    await writeFile(path, "");
    await run("unshare", [`--net=${path}`, "true"]);
    this.#namespaces.push(path);
    return path;
  }

  /** Brings a nic up as a booting system does: with a DHCP client, and the kernel's IPv6. */
  async boot(namespace: string, device = "eth0"): Promise<void> {
    const inside = runInside(namespace);
    await inside("ip", ["link", "set", device, "up"]);
    await inside("busybox", [
      "udhcpc",
      "-n",
      "-q",
      "-f",
      "-O",
      "mtu",
      "-i",
      device,
      "-s",
      join(this.paths.root, "dhcp"),
    ]);
  }

  /** Answers whoever asks at a port in a namespace with the address that the question comes from, until the host is closed. */
  async serve(namespace: string, kind: ServerKind, port: number): Promise<void> {
    const { listen, options, list } = serverKinds[kind];
    const command = ["socat", `${listen}:${port},${options}`, `SYSTEM:read _; echo "$SOCAT_PEERADDR"`];
    this.#servers.push(spawn("nsenter", [`--net=${namespace}`, "--", ...command], { stdio: "ignore" }));
    const isListening = () => runInside(namespace)("ss", ["-Hln", list, `sport = :${port}`]);
    const deadline = Date.now() + 5_000;
    while ((await isListening()) === "" && Date.now() < deadline) await delay(5);
  }

  /** Asks a server of `serve`; answers with the address that it saw. Throws without an answer. */
  async ask(namespace: string | undefined, kind: ServerKind, address: string, port: number): Promise<string> {
    const inside = namespace === undefined ? run : runInside(namespace);
    const target = `${serverKinds[kind].connect}:${address.includes(":") ? `[${address}]` : address}:${port}`;
    const patience = kind === "udp4" ? "" : ",connect-timeout=2";
    const answer = await inside("socat", ["-T2", "-t2", "-", target + patience], { input: "?\n", timeout: 10_000 });
    if (answer === "") throw new Error("no answer");
    return answer;
  }

  /** Gives the host an uplink: a namespace that plays the rest of the world, at 198.51.100.1 and 2001:db8::1. */
  async connect(mtu: number): Promise<string> {
    const outside = await this.namespace();
    const commands = [
      `link add wan0 mtu ${mtu} type veth peer name world mtu ${mtu} netns ${outside}`,
      "addr add 198.51.100.2/24 dev wan0",
      "addr add 2001:db8::2/64 dev wan0 nodad",
      "link set wan0 up",
    ];
    const there = [
      "addr add 198.51.100.1/24 dev world",
      "addr add 2001:db8::1/64 dev world nodad",
      "link set world up",
      "link set lo up",
    ];
    await run("ip", ["-batch", "-"], { input: commands.join("\n") });
    await runInside(outside)("ip", ["-batch", "-"], { input: there.join("\n") });
    const routes = ["route add default via 198.51.100.1", "-6 route add default via 2001:db8::1"];
    for (const route of routes) await run("ip", route.split(" "));
    return outside;
  }

  async close(): Promise<void> {
    for (const driver of this.#drivers) driver.close();
    for (const server of this.#servers) server.kill();
    for (const path of this.#namespaces) unbind(path);
    await removeFabric(this.paths);
    await rm(this.paths.root, { recursive: true, force: true });
  }
}
