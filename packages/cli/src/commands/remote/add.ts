import { LodgeError } from "@lodge/api/errors";
import { type ConnectOptions, connect, parseAddress, readToken } from "@lodge/sdk";
import { Option } from "commander";
import type { Context } from "../../context.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { ask } from "../../remotes/ask.ts";
import { ensureClientCertificate } from "../../remotes/client-certificate.ts";
import { type ShownCertificate, shownCertificate } from "../../remotes/server-certificate.ts";

interface Options {
  readonly token?: string;
  readonly acceptCertificate?: true;
  readonly protocol: "lodge" | "lxd" | "simplestreams";
}

const add: CommandFactory = (context) =>
  new LodgeCommand("add")
    .summary("Learn to know a server.")
    .description(
      "Learn to know a server. A trust token of it (`lodge config trust add` there) says where it is and makes it trust you; with an address alone you compare the fingerprint of its certificate yourself.",
    )
    .argument("<remote>", "what you call it")
    .argument("<address-or-token>", "https://HOST[:PORT], HOST, or a token")
    .addOption(
      new Option("--protocol <protocol>", "simplestreams: a server that offers images")
        .choices(["lodge", "lxd", "simplestreams"])
        .default("lodge"),
    )
    .option("--token <token>", "a trust token, beside an address")
    .option("--accept-certificate", "whatever certificate the server shows")
    .example("lodge remote add lab eyJjbGllbnRf…", "by a token of the server")
    .example(
      "lodge remote add lab lab.example.com --token eyJjbGllbnRf…",
      "where the token's addresses do not lead to it from here",
    )
    .example(
      "lodge remote add mirror https://images.example.com --protocol simplestreams",
      "a server that offers images",
    )
    .action(async (name: string, where: string, options: Options) => {
      context.remotes.requireFree(name);
      if (options.protocol === "simplestreams") return addImageServer(context, name, where, options);
      const token = options.token ?? (readToken(where) && where);
      const { address, certificate } = await findServer(where, token);
      await accept(context, address, certificate, token, options);
      const identity = await ensureClientCertificate(context.remotes.directory);
      const serverCertificate = certificate.vouched ? undefined : certificate.pem;
      await becomeTrusted(context, { https: { address, serverCertificate, ...identity } }, { name, token });
      context.remotes.add(name, { address }, serverCertificate);
      context.say(`Added ${name}: ${address}`);
    });

/** Whether it is one is what the daemon says, which is to fetch from there. */
async function addImageServer(context: Context, name: string, where: string, options: Options): Promise<void> {
  const address = where.replace(/\/+$/, "");
  const shown = options.acceptCertificate ? await shownCertificate(`https://${new URL(address).host}`) : undefined;
  const serverCertificate = shown && !shown.vouched ? shown.pem : undefined;
  const { images } = await context.client();
  const offered = await images.offered({
    ...{ server: address, protocol: "simplestreams" },
    ...(serverCertificate !== undefined && { certificate: serverCertificate }),
  });
  context.remotes.add(name, { address, protocol: "simplestreams" }, serverCertificate);
  context.say(`Added ${name}: ${address} (${offered.length} images)`);
}

/** The first of the places where the server may be that answers. */
async function findServer(
  where: string,
  token: string | undefined,
): Promise<{ address: string; certificate: ShownCertificate }> {
  const said = token === undefined ? undefined : readToken(token);
  if (token !== undefined && !said)
    throw new LodgeError({ code: "request_invalid", message: "That is no trust token." });
  const places = where === token ? (said?.addresses ?? []) : [where];
  let failure: unknown = new LodgeError({ code: "request_invalid", message: "The token says no address; add one." });
  for (const place of places) {
    const address = `https://${parseAddress(place).host}`;
    try {
      return { address, certificate: await shownCertificate(address) };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Makes sure that it is the server that is meant. */
async function accept(
  context: Context,
  address: string,
  { fingerprint, vouched }: ShownCertificate,
  token: string | undefined,
  { acceptCertificate }: Options,
): Promise<void> {
  const expected = token === undefined ? undefined : readToken(token)?.fingerprint;
  if (expected === fingerprint) return;
  if (expected !== undefined) {
    throw new LodgeError({
      code: "server_unknown",
      message: `${address} shows the certificate ${fingerprint}, and the token is of a server with ${expected}: it is another one.`,
    });
  }
  if (vouched || acceptCertificate) return;
  context.note(`${address} shows a certificate with the fingerprint ${fingerprint}.`);
  const answer = await ask(
    context.surroundings,
    "Is it the server's (`lodge config trust fingerprint` there)? [y/N or the fingerprint] ",
  );
  if (answer !== undefined && (/^y(es)?$/i.test(answer) || answer.toLowerCase() === fingerprint)) return;
  throw new LodgeError({
    code: "server_unknown",
    message: "The server's certificate was not accepted. Use a token of it, or say --accept-certificate.",
  });
}

async function becomeTrusted(
  context: Context,
  options: ConnectOptions,
  { name, token }: { readonly name: string; readonly token: string | undefined },
): Promise<void> {
  const client = connect(options);
  try {
    const { auth } = await client.server.get();
    if (auth === "trusted") return;
    const given = token ?? (await ask(context.surroundings, `Trust token of ${name}: `));
    if (given) return await client.certificates.redeem(given);
    throw new LodgeError({
      code: "trust_refused",
      message: "The server does not trust you. Ask for a token (`lodge config trust add NAME` there) and say --token.",
    });
  } finally {
    client.close();
  }
}

export default add;
