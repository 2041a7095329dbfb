/** Real proxies between this host's loopback, on addresses of the test's own, and a container that is namespaces and a root. Needs root. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { InstanceId, ProxyAddress, ProxyDriver, ProxyRequest } from "@lodge/core";
import pino from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { bindUnix, listenOnPort, startListening } from "../../system/listening-socket.ts";
import { bringLoopbackUp, inNetworkNamespace } from "../../system/network-namespace.ts";
import { LodgePaths } from "../../system/paths.ts";
import { run as runTool } from "../../system/run.ts";
import { createProxyDriver } from "./driver.ts";
import { findProxies } from "./proxy-processes.ts";

const directory = mkdtempSync(join(tmpdir(), "lodge-proxy-"));
const paths = new LodgePaths(directory);
const rootDirectory = join(directory, "root");
const instance = "0000000a" as InstanceId;
const ids = { base: 1_900_000_000, size: 65_536, owner: 1_900_065_535 };
const host = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.1`;
const program = resolve(import.meta.dirname, "process/main.ts");

let driver: ProxyDriver & Disposable;
let init: ChildProcess & { pid: number };
const servers: Server[] = [];

const newDriver = () =>
  createProxyDriver({ paths, log: pino({ level: "silent" }), program, settle: async () => undefined, interval: 200 });
const network = () => `/proc/${init.pid}/ns/net`;

const tcp = (address: string, ...ports: number[]): ProxyAddress => ({ kind: "tcp", address, ports });
const udp = (address: string, ...ports: number[]): ProxyAddress => ({ kind: "udp", address, ports });
const unix = (path: string): ProxyAddress => ({ kind: "unix", path });

function request(listen: ProxyAddress, to: ProxyAddress, more: Partial<ProxyRequest> = {}): ProxyRequest {
  return {
    instance,
    owner: "web",
    device: "p80",
    ids,
    listen,
    connect: to,
    bind: "host",
    proxyProtocol: false,
    socket: { uid: 0, gid: 0, mode: 0o644 },
    user: { uid: 0, gid: 0 },
    container: { network: network(), init: init.pid },
    ...more,
  };
}

/** Answers everything that a client says, in capitals, once it has said all; with who it is when that is asked for. */
function serve(descriptor: number): void {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void text(socket).then((said) => socket.end(said.toUpperCase()));
    socket.on("error", () => undefined);
  });
  server.listen({ fd: descriptor });
  servers.push(server);
}
const inside = <T>(action: () => T): T => inNetworkNamespace(network(), action);

function client(options: NetConnectOpts): Socket {
  return connect({ ...options, allowHalfOpen: true });
}
async function ask(options: NetConnectOpts, said = "hello"): Promise<string> {
  const socket = client(options);
  const answer = text(socket);
  socket.end(said);
  return answer;
}
const processOf = async (device = "p80") => (await findProxies(paths)).find((found) => found.device === device);

beforeAll(async () => {
  for (const path of [rootDirectory, paths.run(instance)]) mkdirSync(join(path, "run"), { recursive: true });
  const libraries = (await runTool("ldd", ["/bin/sh"])).match(/\/\S+/g) ?? [];
  for (const path of ["/bin/sh", ...libraries]) {
    mkdirSync(dirname(join(rootDirectory, path)), { recursive: true });
    await copyFile(path, join(rootDirectory, path));
  }
  const child = spawn("unshare", ["--net", "--mount", `--root=${rootDirectory}`, "/bin/sh", "-c", "echo; read x"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  init = child as unknown as ChildProcess & { pid: number };
  bringLoopbackUp(network());
  driver = newDriver();
  for (const port of [80, 81, 82]) serve(inside(() => listenOnPort("tcp", "127.0.0.1", port)));
  serve(listenOnPort("tcp", host, 5432));
});
afterEach(() => driver.endAll(instance));
afterAll(async () => {
  await driver.reconcile([]);
  expect(await findProxies(paths)).toEqual([]);
  driver[Symbol.dispose]();
  for (const server of servers) server.close();
  init.kill("SIGKILL");
  rmSync(directory, { recursive: true });
});

describe("from the host into a container, a proxy", () => {
  test("passes connections on to its loopback, to the end of both directions", async () => {
    await driver.serve(request(tcp(host, 8080), tcp("127.0.0.1", 80)));
    expect(await ask({ host, port: 8080 })).toBe("HELLO");
    const long = "x".repeat(5_000_000);
    expect((await ask({ host, port: 8080 }, long)).length).toBe(long.length);
    expect(await Promise.all(Array.from({ length: 50 }, (_, n) => ask({ host, port: 8080 }, `n${n}`)))).toEqual(
      Array.from({ length: 50 }, (_, n) => `N${n}`),
    );
  });

  test("serves several ports, each to its own or all to one", async () => {
    await driver.serve(request(tcp(host, 8080, 8081, 8082), tcp("127.0.0.1", 80, 81, 82)));
    for (const port of [8080, 8081, 8082]) expect(await ask({ host, port })).toBe("HELLO");
    await driver.serve(request(tcp(host, 8081, 8083), tcp("127.0.0.1", 80)));
    for (const port of [8081, 8083]) expect(await ask({ host, port })).toBe("HELLO");
    await expect(ask({ host, port: 8080 })).rejects.toThrow("ECONNREFUSED");
  });

  test("hangs up where nobody listens inside", async () => {
    await driver.serve(request(tcp(host, 8080), tcp("127.0.0.1", 9)));
    expect(await ask({ host, port: 8080 }).catch((error: Error) => error.message)).toMatch(/^$|ECONNRESET|EPIPE/);
  });

  test("passes datagrams on, and answers to whom they are for", async () => {
    const echo = createSocket("udp4");
    echo.on("message", (data, from) => echo.send(data.toString().toUpperCase(), from.port, from.address));
    echo.bind({ fd: inside(() => listenOnPort("udp", "127.0.0.1", 53)) });
    await driver.serve(request(udp(host, 5353), udp("127.0.0.1", 53)));
    const answers = await Promise.all(
      ["a", "b", "c"].map(async (word) => {
        const socket = createSocket("udp4");
        for (let count = 0; count < 3; count++) socket.send(word, 5353, host);
        const [data] = (await once(socket, "message")) as [Buffer];
        socket.close();
        return data.toString();
      }),
    );
    expect(answers).toEqual(["A", "B", "C"]);
    echo.close();
  });

  test("tells who connects when asked to", async () => {
    await driver.serve(request(tcp(host, 8080), tcp("127.0.0.1", 80), { proxyProtocol: true }));
    const answer = await ask({ host, port: 8080, localAddress: "127.0.0.1" });
    expect(answer).toMatch(
      new RegExp(`^PROXY TCP4 127\\.0\\.0\\.1 ${host.replaceAll(".", "\\.")} \\d+ 8080\r\nHELLO$`),
    );
  });

  test("reaches its unix sockets, and none of the host's by a symlink", async () => {
    const socket = bindUnix(join(rootDirectory, "run/app.sock"));
    startListening(socket);
    serve(socket);
    symlinkSync("/run/app.sock", join(rootDirectory, "run/link.sock"));
    symlinkSync(`../../../../../..${directory}/secret.sock`, join(rootDirectory, "run/out.sock"));
    const secret = bindUnix(join(directory, "secret.sock"));
    startListening(secret);
    serve(secret);
    const user = { uid: -ids.base, gid: -ids.base };
    await driver.serve(request(tcp(host, 8080), unix("/run/link.sock"), { user }));
    expect(await ask({ host, port: 8080 })).toBe("HELLO");
    await driver.serve(request(tcp(host, 8080), unix("/run/out.sock"), { user }));
    expect(await ask({ host, port: 8080 }).catch((error: Error) => error.message)).toMatch(/^$|ECONNRESET|EPIPE/);
  });

  test("reaches abstract sockets of its network, which are not the host's", async () => {
    const socket = inside(() => bindUnix("@lodge-test"));
    startListening(socket);
    serve(socket);
    await driver.serve(request(unix(`@lodge-test-${process.pid}`), unix("@lodge-test")));
    expect(await ask({ path: `\0lodge-test-${process.pid}` })).toBe("HELLO");
  });

  test("listens on a unix socket that belongs to whom it is given", async () => {
    const path = join(directory, "front.sock");
    const front = request(unix(path), tcp("127.0.0.1", 80), { socket: { uid: 33, gid: 34, mode: 0o620 } });
    await driver.serve(front);
    expect(await ask({ path })).toBe("HELLO");
    expect(statSync(path)).toMatchObject({ uid: 33, gid: 34 });
    expect(statSync(path).mode & 0o777).toBe(0o620);
    await expect(driver.probe(front)).rejects.toMatchObject({ code: "proxy_address_unusable" });
    await driver.end(instance, "p80");
    expect(existsSync(path)).toBe(false);
  });

  test("runs as a user of its own, without privileges, and no harder to kill than others", async () => {
    await driver.serve(request(tcp(host, 8080), tcp("127.0.0.1", 80)));
    await driver.serve(request(tcp(host, 8081), unix("/run/app.sock"), { device: "in", user: { uid: 33, gid: 34 } }));
    await driver.serve(request(tcp(host, 8082), unix("/run/x"), { device: "root", bind: "instance" }));
    for (const [device, uid, gid] of [
      ["p80", ids.owner, ids.owner],
      ["in", ids.base + 33, ids.base + 34],
      ["root", 0, 0],
    ] as const) {
      const pid = (await processOf(device))?.pid;
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      expect(status).toMatch(new RegExp(`^Uid:\t${uid}\t${uid}\t${uid}\t${uid}$`, "m"));
      expect(status).toMatch(new RegExp(`^Gid:\t${gid}\t${gid}\t${gid}\t${gid}$`, "m"));
      expect(status).toMatch(/^CapPrm:\t0+$/m);
      expect(status).toMatch(/^CapEff:\t0+$/m);
      expect(await readFile(`/proc/${pid}/oom_score_adj`, "utf8")).toBe("0\n");
    }
  });
});

describe("from a container to the host, a proxy", () => {
  const askInside = async (...args: string[]) => {
    const child = spawn("nsenter", [`--net=${network()}`, "socat", "-t5", "-", ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.end("hello");
    return text(child.stdout);
  };

  test("passes connections on", async () => {
    await driver.serve(request(tcp("127.0.0.1", 5432), tcp(host, 5432), { bind: "instance" }));
    expect(await askInside("TCP:127.0.0.1:5432")).toBe("HELLO");
    await expect(ask({ host: "127.0.0.1", port: 5432 })).rejects.toThrow();
  });

  test("listens on a unix socket inside, which belongs to somebody there, and replaces what an earlier run left", async () => {
    const path = join(rootDirectory, "run/in.sock");
    const listener = request(unix("/run/in.sock"), tcp(host, 5432), {
      bind: "instance",
      socket: { uid: 5, gid: 6, mode: 0o600 },
    });
    await driver.serve(listener);
    expect(await ask({ path })).toBe("HELLO");
    expect(statSync(path)).toMatchObject({ uid: ids.base + 5, gid: ids.base + 6 });
    process.kill((await processOf())?.pid ?? 0, "SIGKILL");
    await expect.poll(() => ask({ path }).catch(() => ""), { timeout: 10_000 }).toBe("HELLO");
    await driver.end(instance, "p80");
    expect(existsSync(path)).toBe(false);
  });

  test("does not replace what is no abandoned socket", async () => {
    writeFileSync(join(rootDirectory, "run/file"), "x");
    const listener = request(unix("/run/file"), tcp(host, 5432), { bind: "instance" });
    await expect(driver.serve(listener)).rejects.toMatchObject({ code: "proxy_address_unusable" });
    const elsewhere = request(unix("/nosuch/in.sock"), tcp(host, 5432), { bind: "instance" });
    await expect(driver.serve(elsewhere)).rejects.toThrow(/no such file or directory/);
  });
});

describe("to a virtual machine, a proxy", () => {
  test("connects from the host", async () => {
    const { container: _, ...machine } = request(tcp(host, 8080), tcp(host, 5432));
    await driver.serve(machine);
    expect(await ask({ host, port: 8080 })).toBe("HELLO");
  });
});

describe("a proxy", () => {
  test("says when its address is taken, and leaves nothing then", async () => {
    await driver.serve(request(tcp(host, 8081), tcp("127.0.0.1", 80)));
    const second = request(tcp(host, 8080, 8081), tcp("127.0.0.1", 80), { device: "second" });
    const refusal = { code: "proxy_address_unusable", message: expect.stringContaining("in use") };
    await expect(driver.serve(second)).rejects.toMatchObject(refusal);
    await expect(driver.probe(second)).rejects.toMatchObject(refusal);
    await driver.probe(request(tcp(host, 8080), tcp("127.0.0.1", 80)));
    await expect(driver.serve(request(tcp("192.0.2.7", 80), tcp("127.0.0.1", 80)))).rejects.toThrow("no such address");
    expect((await findProxies(paths)).map(({ device }) => device)).toEqual([]);
  });

  test("goes on under the next daemon with its connections, and changes when it is to be another", async () => {
    const wanted = request(tcp(host, 8080), tcp("127.0.0.1", 80));
    await driver.serve(wanted);
    const before = await processOf();
    const open = client({ host, port: 8080 });
    await once(open, "connect");
    open.write("still ");
    driver[Symbol.dispose]();
    driver = newDriver();
    await driver.reconcile([wanted]);
    await driver.serve(wanted);
    expect(await processOf()).toEqual(before);
    const answer = text(open);
    open.end("here");
    expect(await answer).toBe("STILL HERE");
    await driver.reconcile([{ ...wanted, connect: tcp("127.0.0.1", 81) }]);
    expect((await processOf())?.pid).not.toBe(before?.pid);
    expect(await ask({ host, port: 8080 })).toBe("HELLO");
    await driver.reconcile([]);
    expect(await findProxies(paths)).toEqual([]);
  });

  test("is started again when it dies, as soon as it can be", async () => {
    await driver.serve(request(tcp(host, 8080), tcp("127.0.0.1", 80)));
    process.kill((await processOf())?.pid ?? 0, "SIGKILL");
    await expect.poll(() => ask({ host, port: 8080 }).catch(() => ""), { timeout: 10_000 }).toBe("HELLO");
    await driver.end(instance, "p80");
    await driver.end(instance, "p80");
    await expect(ask({ host, port: 8080 })).rejects.toThrow("ECONNREFUSED");
  });
});
