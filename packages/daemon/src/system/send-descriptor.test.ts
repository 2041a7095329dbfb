import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { sendDescriptor } from "./send-descriptor.ts";
import { listenForTerminal } from "./terminal.ts";

const scratch = mkdtempSync(join(tmpdir(), "lodge-send-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it("hands an open file to another process", async () => {
  const file = join(scratch, "file");
  writeFileSync(file, "what is in it");
  const listener = listenForTerminal(join(scratch, "socket"));
  const received = listener.receive();
  const socket = connect(join(scratch, "socket"));
  await once(socket, "connect");
  const descriptor = openSync(file, "r");
  sendDescriptor(socket, Buffer.from("here\n"), descriptor);
  const copy = (await received) ?? -1;
  expect(copy).not.toBe(descriptor);
  closeSync(descriptor);
  expect(readFileSync(copy, "utf8")).toBe("what is in it");
  closeSync(copy);
  socket.destroy();
  await listener.close();
});

it("says that a socket is not connected", () => {
  const socket = connect(join(scratch, "nobody")).on("error", () => undefined);
  socket.destroy();
  expect(() => sendDescriptor(socket, Buffer.from("x"), 0)).toThrow("not connected");
});
