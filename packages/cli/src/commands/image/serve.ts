import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { LodgeError } from "@lodge/api/errors";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { endedBySignal } from "../../terminal/signals.ts";

interface Options {
  readonly listen: string;
  readonly certificate?: string;
  readonly key?: string;
}

const serve: CommandFactory = (context) =>
  new LodgeCommand("serve")
    .summary("Publish images to other hosts until it is ended.")
    .description(
      "Publish images as a simplestreams server: what `lodge remote add --protocol simplestreams`, LXD and Incus take images from. The public ones, or those that are named. It writes nothing, and ends with Ctrl-C.",
    )
    .argument("[image...]", "alias or fingerprint; missing: all that are public")
    .option("--listen <address>", "IP address and port", "127.0.0.1:8444")
    .option(
      "--certificate <file>",
      "serve by https with this certificate (PEM); other hosts are served in no other way",
    )
    .option("--key <file>", "and its key")
    .example("lodge image serve debian/12", "to this host, by http")
    .example(
      "lodge image serve --listen 192.0.2.1:443 --certificate images.crt --key images.key",
      "every public image, to everybody",
    )
    .action(async (names: string[], options: Options) => {
      const { host, port } = listenAddress(options.listen);
      const tls = await tlsOf(options);
      if (!tls && !/^(127\.|::1$|localhost$)/.test(host)) {
        throw new LodgeError({
          code: "request_invalid",
          message: `Other hosts are served by https only, so that nobody changes images on their way: give --certificate and --key, or listen on 127.0.0.1 instead of ${host}.`,
        });
      }
      const { images } = await context.client();
      const { ServedImages } = await import("../../image-server/served-images.ts");
      const { createImageServer } = await import("../../image-server/server.ts");
      const served = new ServedImages(images, names);
      // What is wrong with the names is said now.
      const count = (await served.list()).length;
      const log = (line: string) => {
        if (context.globals.debug) context.note(line);
      };
      const server = createImageServer({ images: served, log, ...(tls && { tls }) });
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(port, host, resolve);
      }).catch((cause: Error) => {
        throw new LodgeError({
          code: "request_invalid",
          message: `Cannot listen on ${options.listen}: ${cause.message}.`,
          cause,
        });
      });
      const { port: chosen } = server.address() as AddressInfo;
      const shown = host.includes(":") ? `[${host}]` : host;
      context.print(
        `Serving ${count} image${count === 1 ? "" : "s"} at ${tls ? "https" : "http"}://${shown}:${chosen}`,
      );
      using signal = endedBySignal(context.surroundings.signals);
      try {
        await signal.ended;
      } finally {
        server.close();
        server.closeAllConnections();
      }
    });

function listenAddress(text: string): { host: string; port: number } {
  const [, bracketed, plain = "", port = ""] = /^(?:\[([0-9a-f:]+)\]|([^:[\]]*)):(\d{1,5})$/i.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535)
    throw new LodgeError({ code: "request_invalid", message: `"${text}" is no address such as 127.0.0.1:8444.` });
  return { host: bracketed ?? (plain || "0.0.0.0"), port: Number(port) };
}

async function tlsOf({ certificate, key }: Options): Promise<{ cert: string; key: string } | undefined> {
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw new LodgeError({ code: "request_invalid", message: "--certificate and --key go together." });
  return { cert: await readFile(certificate, "utf8"), key: await readFile(key, "utf8") };
}

export default serve;
