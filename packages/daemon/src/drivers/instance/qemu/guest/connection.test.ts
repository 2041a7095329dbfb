import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { expect, it, onTestFinished, vi } from "vitest";
import { GuestConnection } from "./connection.ts";

/** The host's side of a guest's port: what the daemon writes to it, and the socket to answer by. */
async function connectToPort() {
  const directory = mkdtempSync(join(tmpdir(), "lodge-port-"));
  const server = createServer().listen(join(directory, "ssh"));
  const next = () => once(server, "connection") as Promise<[Socket]>;
  const accepted = next();
  const options = { socket: join(directory, "ssh"), privateKey: "", connected() {}, log: pino({ level: "silent" }) };
  const connection = new GuestConnection(options);
  connection.start();
  const [guest] = await accepted;
  let seen = "";
  guest.on("data", (chunk: Buffer) => {
    seen += chunk.toString("latin1");
  });
  onTestFinished(() => {
    connection.stop();
    guest.destroy();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return { connection, guest, next, seen: () => seen };
}

const nonsense = "\n".repeat(64);
/** Longer than a silent sshd is given to notice that its client has changed. */
const patience = 1_500;

it("awakens an sshd that is silent on an open port", async () => {
  const { connection, seen } = await connectToPort();
  connection.portFound(true);
  await vi.waitFor(() => expect(seen()).toContain(nonsense), { timeout: 30_000 });
});

it("leaves a login alone that has begun before the port was looked at", async () => {
  const { connection, guest, seen } = await connectToPort();
  guest.write("SSH-2.0-OpenSSH_9.2p1\r\n");
  await vi.waitFor(() => expect(seen()).toContain("SSH-2.0-"), { timeout: 30_000 });
  connection.portFound(true);
  await delay(patience);
  expect(seen()).not.toContain(nonsense);
});

it("gives a guest that was too slow more time", async () => {
  const { connection, guest, next } = await connectToPort();
  connection.portFound(true);
  const second = next();
  guest.destroy();
  const [again] = await second;
  let seen = "";
  again.on("data", (chunk: Buffer) => {
    seen += chunk.toString("latin1");
  });
  await delay(patience);
  expect(seen).toBe("");
  await vi.waitFor(() => expect(seen).toBe(nonsense), { timeout: 30_000 });
});

it("does not go on with a login whose port was closed", async () => {
  const { connection, guest, seen } = await connectToPort();
  guest.write("SSH-2.0-OpenSSH_9.2p1\r\n");
  await vi.waitFor(() => expect(seen()).toContain("SSH-2.0-"), { timeout: 30_000 });
  const closed = once(guest, "close");
  connection.portChanged(false);
  await closed;
});

it("waits on a closed port for whoever opens it", async () => {
  const { connection, guest, seen } = await connectToPort();
  connection.portChanged(false);
  guest.write("SSH-2.0-OpenSSH_9.2p1\r\n");
  await vi.waitFor(() => expect(seen()).toContain("SSH-2.0-"), { timeout: 30_000 });
});
