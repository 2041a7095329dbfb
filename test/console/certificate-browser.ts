/** A browser that shows a client certificate: Playwright holds it, outside of the daemon's network, and is led there. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { certificateCommand } from "@lodge/api/make-certificate";
import { type BrowserContext, chromium } from "playwright-core";
import { mustRun } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";

export interface CertificateBrowser extends AsyncDisposable {
  readonly context: BrowserContext;
  /** PEM. */
  readonly certificate: string;
  /** `https://127.0.0.1:PORT`, of the daemon's HTTPS address. */
  readonly origin: string;
}

/** `port`: of the daemon's HTTPS address on 127.0.0.1. */
export async function startCertificateBrowser(
  lodge: Lodge,
  scratch: string,
  port: number,
): Promise<CertificateBrowser> {
  const [keyFile, certificateFile, configFile] = ["key.pem", "certificate.pem", "openssl.cnf"].map((name) =>
    join(scratch, name),
  ) as [string, string, string];
  const { args, config } = certificateCommand({ name: "browser", use: "client", keyFile, certificateFile, configFile });
  writeFileSync(configFile, config);
  await mustRun("openssl", [...args]);
  const way = await openWay(lodge, port);
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--disable-gpu"] });
  const [cert, key] = [readFileSync(certificateFile), readFileSync(keyFile)];
  const context = await browser.newContext({
    ...{ ignoreHTTPSErrors: true, clientCertificates: [{ origin: way.origin, cert, key }] },
  });
  return {
    ...{ context, certificate: cert.toString(), origin: way.origin },
    async [Symbol.asyncDispose]() {
      await browser.close();
      way.close();
    },
  };
}

interface Way {
  readonly origin: string;
  close(): void;
}

/** A port of this process's host that leads to one of the daemon's. */
async function openWay({ insideHostNetwork }: Lodge, port: number): Promise<Way> {
  const server = createServer((socket) => {
    const there = spawn("env", [...insideHostNetwork, "socat", "-", `TCP:127.0.0.1:${port}`], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    socket.pipe(there.stdin).on("error", () => socket.destroy());
    there.stdout.pipe(socket).on("error", () => socket.destroy());
    socket.once("close", () => there.kill());
    there.once("exit", () => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
