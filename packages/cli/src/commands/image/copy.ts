import type { Image, ImageExpect, ImagePull } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { LodgeClient, RunningOperation } from "@lodge/sdk";
import { Option } from "commander";
import type { Context } from "../../context.ts";
import { findImage, type TypeOptions, typeOf } from "../../find-image.ts";
import { follow } from "../../follow.ts";
import { relayImage } from "../../image-server/relay.ts";
import { type CommandFactory, collect, LodgeCommand } from "../../lodge-command.ts";
import { type RemoteWord, type SourceServer, sourceServer, splitImageWord } from "../../remotes/image-words.ts";
import { localRemote } from "../../remotes/remotes.ts";

interface Options extends TypeOptions {
  readonly alias?: readonly string[];
  readonly copyAliases?: true;
  readonly autoUpdate?: true;
  readonly public?: true;
  readonly profile?: readonly string[];
  readonly mode?: "pull" | "push" | "relay";
  readonly targetProject?: string;
}

const copy: CommandFactory = (context) =>
  new LodgeCommand("copy")
    .summary("Copy an image from one server or project to another.")
    .description(
      "Copy an image from one server to another. The server that gets it fetches it by itself; with `--mode push` the one that has it sends it there; with `--mode relay`, or where neither can, it goes through this command. With `--target-project` it is copied to another project of the same server, where it takes no more space.",
    )
    .argument("<remote-image>", "REMOTE:IMAGE, an alias or fingerprint")
    .argument("[to]", "REMOTE: to copy to; missing: the default remote")
    .option("--alias <alias>", "name it there (repeatable)", collect)
    .option("--copy-aliases", "with the names that it has")
    .option("--auto-update", "keep it up to date")
    .option("--profile <profile>", "what instances of it have there that say no profile (repeatable)", collect)
    .option("--public", "let everybody see it there")
    .option("--target-project <project>", "copy it to this project")
    .addOption(new Option("--mode <mode>", "who moves the data").choices(["pull", "push", "relay"]))
    .option("--container", "the container image of that alias")
    .option("--vm", "the virtual machine image of that alias")
    .example("lodge image copy images:debian/12 --alias debian/12 --auto-update", "a copy that is kept up to date")
    .example("lodge image copy debian/12 --target-project blue", "to another project, with its names")
    .example("lodge image copy debian/12 lab: --copy-aliases", "to another host")
    .action(async (image: string, to: string | undefined, options: Options) => {
      const { remotes } = context;
      const from = splitImageWord(remotes, image) ?? { remote: remotes.default, word: image };
      const target = (to === undefined ? undefined : splitImageWord(remotes, to))?.remote ?? remotes.default;
      if (options.targetProject !== undefined && from.word !== "" && from.remote === target)
        return toProject(context, from, options.targetProject, options);
      if (options.mode === "push" && remotes.offersImagesOnly(from.remote)) {
        const message = `${from.remote} only offers images and sends none: copy without \`--mode push\`.`;
        throw new LodgeError({ code: "request_invalid", message });
      }
      if (from.word === "" || from.remote === target) {
        const why = from.word === "" ? `Which image of ${from.remote}?` : "It is there already: name another server.";
        throw new LodgeError({ code: "request_invalid", message: why });
      }
      const there = await context.clientOf(target, options.targetProject);
      const operation = remotes.offersImagesOnly(from.remote)
        ? await there.images.pull(pullOf(sourceServer(remotes, from.remote), { alias: from.word }, options))
        : await fromDaemon(context, from, { remote: target, client: there }, options);
      const { metadata } = await follow(context, operation, `Copying ${image}`);
      context.say(`Copied ${image} to ${target}: ${String(metadata["fingerprint"]).slice(0, 12)}`);
    });

/** Without names of its own it has those that it has. */
async function toProject(
  context: Context,
  { remote, word }: RemoteWord,
  project: string,
  options: Options,
): Promise<void> {
  const here = await context.clientOf(remote);
  const image = findImage(await here.images.list(), word, typeOf(options));
  const there = await context.clientOf(remote, project);
  const operation = await there.images.pull({
    source: { type: "image", project: context.projectOn(remote), fingerprint: image.fingerprint },
    public: options.public ?? false,
    aliases: (options.alias ?? []).map((name) => ({ name, description: "" })),
    copy_aliases: options.copyAliases ?? options.alias === undefined,
    ...(options.profile && { profiles: [...options.profile] }),
  });
  await follow(context, operation, `Copying ${word}`);
  context.say(`Copied ${word} to project ${project}: ${image.fingerprint.slice(0, 12)}`);
}

function pullOf(
  server: SourceServer & { readonly project?: string },
  named: { alias: string } | { fingerprint: string; secret?: string },
  options: Options,
): ImagePull {
  const type = typeOf(options);
  return {
    source: { type: "image", mode: "pull", ...server, ...named, ...(type && { image_type: type }) },
    public: options.public ?? false,
    auto_update: options.autoUpdate ?? false,
    aliases: (options.alias ?? []).map((name) => ({ name, description: "" })),
    copy_aliases: options.copyAliases ?? false,
    ...(options.profile && { profiles: [...options.profile] }),
  };
}

async function fromDaemon(
  context: Context,
  { remote, word }: RemoteWord,
  to: { readonly remote: string; readonly client: LodgeClient },
  options: Options,
): Promise<RunningOperation> {
  const { client: there } = to;
  const here = await context.clientOf(remote);
  const image = findImage(await here.images.list(), word, typeOf(options));
  const [asked, client] = options.mode === "push" ? [to.remote, there] : [remote, here];
  const server = options.mode === "relay" ? undefined : await reachable(context, asked, client);
  if (!server) {
    const { profile: profiles, public: shared = false } = options;
    const said = { aliases: aliasesOf(image, options), public: shared, ...(profiles && { profiles }) };
    return relayImage(here, there, image, said);
  }
  if (options.mode === "push") {
    const project = options.targetProject ?? context.projectOn(to.remote);
    const secret = await there.images.expect(expectOf(image, options));
    const { server: target, certificate } = server;
    return here.images.push(image.fingerprint, { target, certificate, secret, project });
  }
  const project = context.projectOn(remote);
  const ofProject = project !== "default" && { project };
  if (image.public) {
    const isAlias = image.aliases.some(({ name }) => name === word);
    return there.images.pull(
      pullOf({ ...server, ...ofProject }, isAlias ? { alias: word } : image, { ...options, ...ofType(image) }),
    );
  }
  const secret = await here.images.secret(image.fingerprint);
  return there.images.pull(pullOf({ ...server, ...ofProject }, { fingerprint: image.fingerprint, secret }, options));
}

function expectOf(image: Image, options: Options): ImageExpect {
  const { fingerprint, properties, expires_at } = image;
  const { autoUpdate, profile: profiles, public: shared = false } = options;
  if (autoUpdate) {
    const message =
      "What is sent comes from nowhere where it could be looked for again: no `--auto-update` with `--mode push`.";
    throw new LodgeError({ code: "request_invalid", message });
  }
  return {
    source: { mode: "push", fingerprint },
    aliases: aliasesOf(image, options).map((name) => ({ name, description: "" })),
    ...{ properties, public: shared, expires_at },
    ...(profiles && { profiles: [...profiles] }),
  };
}

const ofType = ({ type }: Image): TypeOptions => (type === "virtual-machine" ? { vm: true } : { container: true });

const aliasesOf = ({ aliases }: Image, { alias = [], copyAliases }: Options): string[] => [
  ...new Set([...alias, ...(copyAliases ? aliases.map(({ name }) => name) : [])]),
];

/** Where another server finds the daemon; the one on this host says so itself. */
async function reachable(context: Context, remote: string, client: LodgeClient): Promise<SourceServer | undefined> {
  if (remote !== localRemote) return sourceServer(context.remotes, remote);
  const { environment } = await client.server.get();
  const { addresses = [], certificate = "" } = (environment ?? {}) as { addresses?: string[]; certificate?: string };
  const [address] = addresses;
  return address === undefined ? undefined : { server: `https://${address}`, protocol: "lxd", certificate };
}

export default copy;
