#!/usr/bin/env node
/**
 * Serves one proxy: `main.js SPEC HASH`. Its listening sockets were opened by the daemon; it runs in the network namespace in
 * which it connects, as a user of its own, and knows nothing else of Lodge. HASH tells a later daemon what it serves.
 */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { connector } from "./connect.ts";
import { serveDatagrams } from "./datagrams.ts";
import type { ListenerSpec, ProxySpec } from "./spec.ts";
import { serveStreams } from "./streams.ts";

const spec = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as ProxySpec;
const starts = await Promise.all(spec.listeners.map(prepare));
giveUpPrivileges();
for (const start of starts) start();
tellReady();

async function prepare({ descriptor, connect, ipv6 }: ListenerSpec): Promise<() => void> {
  if (connect.kind === "udp") {
    const { address, port } = connect;
    return () => serveDatagrams({ descriptor, listensOnIpv6: ipv6, address, port });
  }
  const service = { descriptor, connect: await connector(connect, spec), proxyProtocol: spec.proxyProtocol };
  return () => serveStreams(service);
}

/** With another user all capabilities go, for good. As root it has been started without any. */
function giveUpPrivileges(): void {
  // The daemon may be protected from the kernel's out-of-memory killer.
  writeFileSync("/proc/self/oom_score_adj", "0");
  if (spec.uid === 0) return;
  process.setgroups?.([]);
  process.setgid?.(spec.gid);
  process.setuid?.(spec.uid);
}

/** The daemon reads this to its end. */
function tellReady(): void {
  const { fd } = process.stdout;
  writeSync(fd, "ready\n");
  closeSync(fd);
  // The lowest number that is free: no connection gets it.
  openSync("/dev/null", "w");
}
