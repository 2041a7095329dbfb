#!/usr/bin/env node
/** lodged: serves, or takes down what it made. Its parts are put together in `main/`. */
import { flushCompileCache } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { LodgeError } from "@lodge/api/errors";
import pino from "pino";
import { createHttpServer } from "./http/server.ts";
import { askedToEnd, endProcess, makeDirectories, removePidFile, writePidFile } from "./lifetime.ts";
import { announceLog } from "./log-events.ts";
import { LogOutput } from "./log-output.ts";
import type { Host, Places } from "./main/host.ts";
import { createParts } from "./main/parts.ts";
import { sweepHost } from "./main/sweep-host.ts";
import { watchAll } from "./main/watch-all.ts";
import { purge } from "./purge.ts";
import { putRoomBy, useRoom } from "./room-put-by.ts";
import { readSettings } from "./settings.ts";
import { openStore } from "./store/store.ts";
import { lockDaemon } from "./system/daemon-lock.ts";
import { enterMountNamespace } from "./system/namespaces.ts";
import { LodgePaths } from "./system/paths.ts";
import { serverCertificateIn } from "./system/server-certificate.ts";

const main = fileURLToPath(import.meta.url);
const places: Places = { main, checkout: resolve(dirname(main), "../../..") };

async function serve(host: Host, output: LogOutput): Promise<void> {
  const { settings, places, paths, log } = host;
  await makeDirectories(paths);
  await enterMountNamespace(paths);
  const lock = lockDaemon(join(paths.root, "lodged.lock"));
  await useRoom(paths);
  const store = await openStore(paths.database, log);
  const parts = await createParts(host, store);
  const { services, runs, boot, templates } = parts;
  announceLog(output, services.events);
  const server = await createHttpServer({
    services,
    log,
    version: settings.version,
    recordings: join(paths.root, "recordings"),
    certificate: serverCertificateIn(paths),
    console: {
      assets: join(places.checkout, "packages", "console", "dist", "web"),
      sessions: join(paths.root, "console-sessions.json"),
    },
  });
  // Whoever is answered finds the operation that starts them.
  await boot.bringBack().catch((error: unknown) => log.error({ err: error }, "instances of before were not started"));
  await writePidFile(paths);
  await server.listen(paths.socket);
  await server.listenHttps();
  log.info({ directory: paths.root, version: settings.version }, "lodged serves");
  // For the next start, which begins with what this one has compiled (decision 18); nothing where no cache was enabled.
  flushCompileCache();
  putRoomBy(paths, log);
  const ended = askedToEnd();
  const serving = new AbortController();
  void templates.refresh();
  watchAll(parts, serving.signal);
  const signal = await ended;
  serving.abort();
  await templates.close();
  runs.close();
  log.info({ signal }, "lodged ends; instances run on");
  await server.close();
  await store.close();
  await removePidFile(paths);
  lock.release();
  endProcess(0);
}

try {
  const settings = readSettings(process.env, places.checkout);
  const paths = new LodgePaths(settings.directory);
  const output = new LogOutput(1);
  const log = pino({ level: settings.logLevel, base: { pid: process.pid } }, output);
  const host: Host = { settings, places, paths, log };
  const command = process.argv[2] ?? "serve";
  if (command === "serve") await serve(host, output);
  else if (command === "sweep") await sweepHost(host);
  else if (command === "purge") await purge(paths, places.main);
  else throw new LodgeError({ code: "request_invalid", message: `unknown command "${command}"; use serve or purge.` });
} catch (error) {
  process.stderr.write(`lodged: ${error instanceof Error ? error.message : String(error)}\n`);
  endProcess(1);
}
