/** `lodge image serve` by HTTPS, under an authority that nobody but this test trusts. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { mustRun } from "./command.ts";
import type { Lodge } from "./lodge.ts";
import { cliMain } from "./programs.ts";

const address = "127.0.0.1:8444";

/** Its certificates, in a directory. */
export class Authority {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async make(directory: string): Promise<Authority> {
    const authority = new Authority(directory);
    const file = (name: string) => join(directory, name);
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout"];
    const ca = ["-subj", "/CN=test", "-addext", "basicConstraints=critical,CA:TRUE"];
    await mustRun("openssl", ["req", "-x509", ...key, file("ca.key"), "-out", file("ca.crt"), ...ca]);
    await mustRun("openssl", ["req", ...key, authority.key, "-out", file("csr"), "-subj", "/CN=mirror"]);
    writeFileSync(file("names"), "subjectAltName=IP:127.0.0.1\n");
    const signed = ["-CA", file("ca.crt"), "-CAkey", file("ca.key"), "-CAcreateserial", "-extfile", file("names")];
    await mustRun("openssl", ["x509", "-req", "-in", file("csr"), ...signed, "-out", authority.certificate]);
    return authority;
  }

  /** For whoever is to trust it. */
  get env(): { readonly SSL_CERT_FILE: string } {
    return { SSL_CERT_FILE: join(this.#directory, "ca.crt") };
  }

  get certificate(): string {
    return join(this.#directory, "server.crt");
  }

  get key(): string {
    return join(this.#directory, "server.key");
  }
}

export interface ImageServer {
  readonly url: string;
  /** What it said when it began. */
  readonly greeting: string;
  stop(): Promise<void>;
}

/** Returns when it serves those of the daemon's images, in the network of that daemon. */
export async function serveImages(lodge: Lodge, authority: Authority, ...images: string[]): Promise<ImageServer> {
  const shown = ["--listen", address, "--certificate", authority.certificate, "--key", authority.key];
  const line = [...lodge.insideHostNetwork, process.execPath, cliMain, "image", "serve", ...images, ...shown];
  const [program = "", ...args] = line;
  const child = spawn(program, args, {
    env: { ...process.env, LODGE_DIR: lodge.directory, LODGE_CONF: "/nonexistent", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const greeting of createInterface({ input: child.stdout })) {
    return { url: `https://${address}`, greeting, stop: () => end(child) };
  }
  throw new Error("lodge image serve ended at its start");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
