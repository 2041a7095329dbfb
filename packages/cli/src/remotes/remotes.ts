import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";

type Environment = Readonly<Record<string, string | undefined>>;

/** The daemon on this host, by its socket. */
export const localRemote = "local";

export interface Remote {
  /** `https://192.0.2.1:8443`. */
  readonly address: string;
  /** It offers images and nothing else. Missing: it is a daemon. */
  readonly protocol?: "simplestreams";
  /** Which one commands work in, where it is not the daemon's `default`. */
  readonly project?: string;
}

/** What everybody knows until there is a list of one's own. */
const knownToAll = { images: { address: "https://images.linuxcontainers.org", protocol: "simplestreams" } } as const;

interface Content {
  readonly default: string;
  readonly remotes: Readonly<Record<string, Remote>>;
  /** Of `local` the project that commands work in, where it is not the daemon's `default`. */
  readonly project?: string;
}

/** Names as `lxc` allows them, and nothing that a path or a command line reads otherwise. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/**
 * The servers that this user knows, in `$LODGE_CONF`, else `$XDG_CONFIG_HOME/lodge`, else `~/.config/lodge`: `remotes.json`, accepted certificates
 * in `servercerts/`, and what the user is known by in `client.crt` and `client.key`.
 */
export class Remotes {
  readonly directory: string;
  readonly #content: Content;

  private constructor(directory: string, content: Content) {
    this.directory = directory;
    this.#content = content;
  }

  static read(env: Environment): Remotes {
    const directory =
      env["LODGE_CONF"] || join(env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config"), "lodge");
    return new Remotes(directory, readContent(join(directory, "remotes.json")));
  }

  /** That of words without a remote. */
  get default(): string {
    return this.#content.default;
  }

  /** In the order of their names, without `local`. */
  get all(): readonly (readonly [name: string, remote: Remote])[] {
    return Object.entries(this.#content.remotes).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  has(name: string): boolean {
    return name === localRemote || Object.hasOwn(this.#content.remotes, name);
  }

  /** Whether it is a server of images, and no daemon. */
  offersImagesOnly(name: string): boolean {
    return name !== localRemote && this.has(name) && this.get(name).protocol !== undefined;
  }

  /** Of any but `local`. `remote_not_found`. */
  get(name: string): Remote {
    const remote = Object.hasOwn(this.#content.remotes, name) ? this.#content.remotes[name] : undefined;
    if (remote) return remote;
    if (name === localRemote) throw invalid(`Remote "${name}" is the daemon on this host and stays as it is.`);
    throw new LodgeError({
      code: "remote_not_found",
      message: `There is no remote "${name}"; \`lodge remote list\` shows those that there are.`,
    });
  }

  /** Where the certificate of a server is that nobody but the user vouches for. */
  certificateFile(name: string): string {
    return join(this.directory, "servercerts", `${name}.crt`);
  }

  serverCertificate(name: string): string | undefined {
    const file = this.certificateFile(name);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  }

  /** A name that a new remote may have. `remote_exists`. */
  requireFree(name: string): void {
    if (!namePattern.test(name))
      throw invalid(`"${name}" is no name for a remote: use letters, digits, dots and hyphens.`);
    if (!this.has(name)) return;
    throw new LodgeError({ code: "remote_exists", message: `Remote "${name}" is there already; choose another name.` });
  }

  add(name: string, remote: Remote, serverCertificate: string | undefined): void {
    this.requireFree(name);
    mkdirSync(join(this.directory, "servercerts"), { recursive: true, mode: 0o700 });
    if (serverCertificate === undefined) rmSync(this.certificateFile(name), { force: true });
    else writeFileSync(this.certificateFile(name), serverCertificate);
    this.#write({ ...this.#content, remotes: { ...this.#content.remotes, [name]: remote } });
  }

  setAddress(name: string, address: string): void {
    const remote = this.get(name);
    this.#write({ ...this.#content, remotes: { ...this.#content.remotes, [name]: { ...remote, address } } });
  }

  setDefault(name: string): void {
    if (!this.has(name)) this.get(name);
    if (this.offersImagesOnly(name))
      throw invalid(`Remote "${name}" has images and no instances; it cannot be the default.`);
    this.#write({ ...this.#content, default: name });
  }

  /** The project that commands work in. */
  projectOf(name: string): string | undefined {
    return name === localRemote ? this.#content.project : this.get(name).project;
  }

  setProject(name: string, project: string): void {
    const chosen = project === "default" ? {} : { project };
    if (name === localRemote) {
      const { project: _before, ...content } = this.#content;
      return this.#write({ ...content, ...chosen });
    }
    const { project: _before, ...remote } = this.get(name);
    this.#write({ ...this.#content, remotes: { ...this.#content.remotes, [name]: { ...remote, ...chosen } } });
  }

  rename(name: string, to: string): void {
    const remote = this.get(name);
    this.requireFree(to);
    if (existsSync(this.certificateFile(name))) renameSync(this.certificateFile(name), this.certificateFile(to));
    const { [name]: _renamed, ...others } = this.#content.remotes;
    const isDefault = this.#content.default === name;
    this.#write({
      ...this.#content,
      default: isDefault ? to : this.#content.default,
      remotes: { ...others, [to]: remote },
    });
  }

  remove(name: string): void {
    this.get(name);
    if (this.#content.default === name)
      throw invalid(`Remote "${name}" is the default; choose another one first (\`lodge remote switch local\`).`);
    const { [name]: _removed, ...remotes } = this.#content.remotes;
    this.#write({ ...this.#content, remotes });
    rmSync(this.certificateFile(name), { force: true });
  }

  #write(content: Content): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const file = join(this.directory, "remotes.json");
    writeFileSync(`${file}.new`, `${JSON.stringify(content, undefined, 2)}\n`);
    renameSync(`${file}.new`, file);
  }
}

function readContent(file: string): Content {
  const nothing: Content = { default: localRemote, remotes: knownToAll };
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return nothing;
    throw invalid(`${file} cannot be read: ${(error as Error).message}.`);
  }
  try {
    const { default: chosen = localRemote, remotes = {}, project } = JSON.parse(text) as Partial<Content>;
    return { default: chosen, remotes, ...(project && { project }) };
  } catch {
    throw invalid(`${file} is no JSON any more; repair it, or move it away and add your remotes again.`);
  }
}

function invalid(message: string): LodgeError {
  return new LodgeError({ code: "request_invalid", message });
}
