/** Clients that vanish, flood, lie and send nonsense, and what a daemon and its host have before and after them. */
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Socket } from "node:net";
import type { Lodge } from "./lodge.ts";
import { endlessFrame, frame, RudeClient } from "./rude-client.ts";
import { until } from "./until.ts";

type Fds = Readonly<Record<string, string>>;
type Fault = (client: RudeClient, instance: string) => Promise<void>;

interface Session {
  readonly operation: string;
  readonly open: (name: string) => Promise<Socket>;
}

async function begin(client: RudeClient, instance: string, what: "exec" | "console", body: object): Promise<Session> {
  const { json, status } = await client.ask("POST", `/1.0/instances/${instance}/${what}`, body);
  if (status !== 202) throw new Error(`${what}: ${JSON.stringify(json)}`);
  const { operation, metadata } = json as unknown as { operation: string; metadata: { metadata: { fds: Fds } } };
  const open = async (name: string) => {
    const { socket, status: answer } = await client.upgrade(
      `${operation}/websocket?secret=${metadata.metadata.fds[name]}`,
    );
    if (answer !== 101) throw new Error(`websocket ${name}: ${answer}`);
    return socket;
  };
  return { operation, open };
}

const exec = (client: RudeClient, instance: string, command: readonly string[], interactive = false) =>
  begin(client, instance, "exec", { command, interactive, "wait-for-websocket": true });

/** Only its client's going away ends it. */
const sleep = ["sleep", "3600"];
const shell = (script: string) => ["sh", "-c", script];
const vanish = (...sockets: readonly Socket[]) => {
  for (const socket of sockets) socket.destroy();
};
const gone = (socket: Socket) => (socket.resume().closed ? Promise.resolve() : once(socket, "close"));
const garbage = Buffer.from("\u0000\u00ff not a frame at all \r\n\r\n", "latin1");

/** By name: everything that a client can do wrong with a session. */
export const faults: Readonly<Record<string, Fault>> = {
  "exec: is cancelled before anybody connects": async (client, instance) => {
    const { operation } = await exec(client, instance, sleep);
    await client.ask("DELETE", operation);
  },
  "exec: vanishes with only control connected": async (client, instance) => {
    const { open, operation } = await exec(client, instance, sleep);
    vanish(await open("control"));
    await client.ask("DELETE", operation);
  },
  "exec: vanishes with all connected": async (client, instance) => {
    const { open } = await exec(client, instance, sleep);
    vanish(...(await Promise.all(["control", "0", "1", "2"].map(open))));
  },
  "exec: control vanishes alone": async (client, instance) => {
    const { open, operation } = await exec(client, instance, sleep);
    const [control, ...data] = (await Promise.all(["control", "0", "1", "2"].map(open))) as [Socket, ...Socket[]];
    vanish(control);
    const { json } = await client.ask("GET", `${operation}/wait?timeout=20`);
    const { status } = (json as unknown as { metadata: { status: string } }).metadata;
    if (status === "Running") throw new Error("the command goes on without its client");
    vanish(...data);
  },
  "exec: the terminal vanishes": async (client, instance) => {
    const { open } = await exec(client, instance, sleep, true);
    vanish(...(await Promise.all(["0", "control"].map(open))));
  },
  "exec: floods a command that does not read, and vanishes": async (client, instance) => {
    const { open } = await exec(client, instance, sleep);
    const [input, ...rest] = (await Promise.all(["0", "1", "2"].map(open))) as [Socket, ...Socket[]];
    for (let piece = 0; piece < 64; piece++) input.write(frame(2, Buffer.alloc(64 << 10, "x")));
    vanish(input, ...rest);
  },
  "exec: does not read what a command floods, and vanishes": async (client, instance) => {
    const { open } = await exec(client, instance, shell("head -c 4000000 /dev/zero; sleep 3600"));
    const sockets = await Promise.all(["control", "0", "1", "2"].map(open));
    vanish(...sockets);
  },
  "exec: sends nonsense on control": async (client, instance) => {
    const { open } = await exec(client, instance, sleep, true);
    const [control, data] = (await Promise.all(["control", "0"].map(open))) as [Socket, Socket];
    for (const text of ["{", "null", '{"command":"signal","signal":"x"}', '{"command":"window-resize","args":{}}']) {
      control.write(frame(1, text));
    }
    control.write(frame(2, garbage));
    vanish(control, data);
  },
  "exec: sends what are no frames": async (client, instance) => {
    const { open } = await exec(client, instance, sleep);
    const [input, ...rest] = (await Promise.all(["0", "1", "2"].map(open))) as [Socket, ...Socket[]];
    input.write(garbage);
    await gone(input);
    vanish(...rest);
  },
  "exec: begins a frame that is too long": async (client, instance) => {
    const { open } = await exec(client, instance, sleep);
    const [input, ...rest] = (await Promise.all(["0", "1", "2"].map(open))) as [Socket, ...Socket[]];
    input.write(endlessFrame(2 ** 40));
    await gone(input);
    vanish(...rest);
  },
  "exec: has no secret, or uses one twice": async (client, instance) => {
    const { open, operation } = await exec(client, instance, shell("exit 0"));
    const refused = await client.upgrade(`${operation}/websocket?secret=${"0".repeat(64)}`);
    if (refused.status !== 403) throw new Error(`a wrong secret: ${refused.status}`);
    const input = await open("0");
    const twice = await open("0").catch((error: Error) => error.message);
    if (twice !== "websocket 0: 400") throw new Error(`a second client: ${String(twice)}`);
    vanish(refused.socket, input);
    await client.ask("DELETE", operation);
  },
  "exec: half a request": async (client, instance) => {
    vanish(await client.send(`POST /1.0/instances/${instance}/exec HTTP/1.1\r\nContent-Length: 100\r\n\r\n{`));
    vanish(await client.send("GET /1.0/events HTTP/1.1\r\nUpgra"));
  },
  "console: vanishes": async (client, instance) => {
    const { open } = await begin(client, instance, "console", { type: "console", width: 80, height: 24 });
    vanish(...(await Promise.all(["0", "control"].map(open))));
  },
  "console: floods, sends nonsense and vanishes": async (client, instance) => {
    const { open } = await begin(client, instance, "console", {});
    const socket = await open("0");
    for (let piece = 0; piece < 16; piece++) socket.write(frame(2, "#".repeat(1000)));
    socket.write(garbage);
    await gone(socket);
  },
  "events: does not read, sends nonsense and vanishes": async (client) => {
    const { socket } = await client.upgrade("/1.0/events?type=operation,lifecycle");
    socket.write(frame(2, garbage));
    socket.write(frame(9, "ping"));
    vanish(socket);
    const other = await client.upgrade("/1.0/events");
    other.socket.write(garbage);
    await gone(other.socket);
  },
  "operations: vanishes while it waits": async (client, instance) => {
    const { operation, open } = await exec(client, instance, sleep);
    const waiting = await client.send(`GET ${operation}/wait HTTP/1.1\r\nHost: x\r\n\r\n`);
    vanish(...(await Promise.all(["0", "1", "2"].map(open))), waiting);
  },
  "images: vanishes in the middle of an upload": async (client) => {
    const head =
      "POST /1.0/images HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nContent-Type: application/octet-stream\r\n\r\n";
    vanish(await client.send(`${head}${"x".repeat(50_000)}`));
  },
  "files: vanishes in the middle of a file": async (client, instance) => {
    const head = `POST /1.0/instances/${instance}/files?path=/tmp/half HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n`;
    vanish(await client.send(`${head}${"x".repeat(50_000)}`));
    const download = await client.send(
      `GET /1.0/instances/${instance}/files?path=/bin/busybox HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    await once(download, "data");
    vanish(download);
  },
  "sftp: vanishes with files open": async (client, instance) => {
    const { socket, status } = await client.upgrade(`/1.0/instances/${instance}/sftp`, "sftp");
    if (status !== 101) throw new Error(`sftp: ${status}`);
    socket.write(Buffer.from("00000005010000000300000012030000000100000001" + "2f00000001" + "00000000", "hex"));
    socket.write(Buffer.from("0000000a0b00000002000000012f", "hex"));
    vanish(socket);
  },
  "sftp: floods, sends nonsense and vanishes": async (client, instance) => {
    const { socket } = await client.upgrade(`/1.0/instances/${instance}/sftp`, "sftp");
    socket.write(Buffer.from("000000050100000003", "hex"));
    // REALPATH "/", ten thousand times, and nobody reads.
    socket.write(Buffer.from("0000000a1000000001000000012f".repeat(10_000), "hex"));
    const other = await client.upgrade(`/1.0/instances/${instance}/sftp`, "sftp");
    other.socket.write(garbage);
    await gone(other.socket);
    vanish(socket);
  },
};

/** What must be the same afterwards. */
interface Held {
  readonly descriptors: number;
  /** Of the daemon's, and in the container. */
  readonly processes: number;
  readonly guestProcesses: number;
  readonly operations: number;
}

/**
 * Runs so many faults, some at once, and fails when any of them left something behind. Those that `first` counts go before: what is
 * loaded, compiled and cached by them stays, and the memory that they once needed.
 */
export async function sufferFaults(
  lodge: Lodge,
  instance: string,
  { first, count, atOnce = 8 }: { first: number; count: number; atOnce?: number },
): Promise<void> {
  const client = new RudeClient(lodge.directory);
  const all = Object.entries(faults);
  const suffer = async (from: number, to: number) => {
    let next = from;
    const one = async () => {
      while (next < to) {
        const [name, fault] = all[next++ % all.length] ?? ["", async () => {}];
        await bounded(name, fault(client, instance));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
  };
  await suffer(0, first);
  const before = await settled(lodge, instance);
  const memoryBefore = residentMemory(lodge.pid);
  await suffer(first, first + count);
  await until(`after ${count} faults everything is as before (${JSON.stringify(before)})`, 60_000, async () => {
    const now = await held(lodge, instance);
    return (Object.keys(before) as (keyof Held)[]).every((key) => now[key] <= before[key]);
  }).catch(async (error: Error) => {
    throw new Error(
      `${error.message}: ${JSON.stringify(await held(lodge, instance))}\n${descriptorsOf(lodge.pid).join("\n")}`,
    );
  });
  const grown = residentMemory(lodge.pid) - memoryBefore;
  process.stderr.write(`${count} faults: the daemon's memory grew by ${(grown / 2 ** 20).toFixed(1)} MiB\n`);
  if (grown > 64 * 2 ** 20) throw new Error(`the daemon's memory grew by ${grown} bytes in ${count} faults`);
}

async function bounded(name: string, fault: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`"${name}" takes longer than 30 s`)), 30_000);
  });
  try {
    await Promise.race([fault, late]);
  } catch (error) {
    throw new Error(`"${name}": ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** What is held once it is the same for a while. */
async function settled(lodge: Lodge, instance: string): Promise<Held> {
  let last = "";
  return until("the daemon comes to rest", 60_000, async () => {
    const now = await held(lodge, instance);
    const text = JSON.stringify(now);
    const same = text === last && now.operations === 0;
    last = text;
    return same ? now : undefined;
  });
}

async function held(lodge: Lodge, instance: string): Promise<Held> {
  const guest = await lodge.must("exec", instance, "--", "sh", "-c", "ls -d /proc/[0-9]* | wc -l");
  const listed = await lodge.client.operations.list();
  // Finished ones, that of this look included, stay readable for a while.
  const running = listed.filter(({ status_code: code }) => code < 200);
  return {
    descriptors: descriptorsOf(lodge.pid).length,
    processes: processesOf(lodge).length,
    guestProcesses: Number(guest),
    operations: running.length,
  };
}

function descriptorsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

/** Processes that name the daemon's directory, or are its children. */
function processesOf({ directory, pid }: Lodge): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const parent = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1];
        return parent === String(pid) || readFileSync(`/proc/${name}/cmdline`, "utf8").includes(directory);
      } catch {
        return false;
      }
    });
}

function residentMemory(pid: number): number {
  const [, pages = "0"] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
  return Number(pages) * 4096;
}
