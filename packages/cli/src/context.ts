import type { LodgeClient } from "@lodge/sdk";
import { Remotes } from "./remotes/remotes.ts";
import { type Paint, paintFor } from "./terminal/colour.ts";
import type { Surroundings } from "./terminal/streams.ts";

/** The options that every command has. */
export interface GlobalOptions {
  readonly project?: string;
  readonly remote?: string;
  readonly debug?: boolean;
  readonly quiet?: boolean;
}

/** What a command works with. */
export class Context {
  readonly surroundings: Surroundings;
  readonly #globals: () => GlobalOptions;
  #client: Promise<LodgeClient> | undefined;
  #remotes: Remotes | undefined;
  /** Which one the command's words name. */
  #remote: string | undefined;
  /** Exit status when nothing is thrown: that of a guest's command. */
  status = 0;

  constructor(surroundings: Surroundings, globals: () => GlobalOptions) {
    this.surroundings = surroundings;
    this.#globals = globals;
  }

  get globals(): GlobalOptions {
    return this.#globals();
  }

  /** The servers that this user knows. */
  get remotes(): Remotes {
    this.#remotes ??= Remotes.read(this.surroundings.env);
    return this.#remotes;
  }

  /** What `client` is a client of, unless the option `--remote` says otherwise. */
  use(remote: string | undefined): void {
    this.#remote = remote;
  }

  /** The server that the command is for; nothing is sent before the first call. */
  client(): Promise<LodgeClient> {
    this.#client ??= this.#open(this.remote);
    return this.#client;
  }

  /** Which server that is. */
  get remote(): string {
    return this.globals.remote ?? this.#remote ?? this.remotes.default;
  }

  /** The project of it that the command works in. */
  get project(): string {
    return this.projectOn(this.remote);
  }

  projectOn(remote: string): string {
    return this.#projectOf(remote) ?? "default";
  }

  /** Commands do not go on in a project that is gone, or go on under its new name. */
  leave(project: string, newName = "default"): void {
    if (this.remotes.projectOf(this.remote) === project) this.remotes.setProject(this.remote, newName);
  }

  /** The same in another project. */
  clientIn(project: string): Promise<LodgeClient> {
    return this.#open(this.remote, project);
  }

  /** One that a command names beside it, in another project than usual if one is given. */
  clientOf(remote: string, project?: string): Promise<LodgeClient> {
    return this.#open(remote, project);
  }

  async #open(remote: string, project = this.#projectOf(remote)): Promise<LodgeClient> {
    const { openRemote } = await import("./remotes/open-remote.ts");
    return openRemote(this.remotes, remote, this.surroundings.env, {
      project,
      ...(this.globals.debug && { trace: (line: string) => this.note(line) }),
    });
  }

  /** `LODGE_PROJECT` is for scripts, as in `lxc`. */
  #projectOf(remote: string): string | undefined {
    return this.globals.project ?? (this.surroundings.env["LODGE_PROJECT"] || this.remotes.projectOf(remote));
  }

  async close(): Promise<void> {
    (await this.#client?.catch(() => undefined))?.close();
  }

  get paint(): Paint {
    return paintFor(this.surroundings.stdout, this.surroundings.env);
  }

  /** Columns of the terminal; undefined where output goes elsewhere and may be as wide as it likes. */
  get columns(): number | undefined {
    const { isTTY, columns } = this.surroundings.stdout;
    return isTTY ? columns || 80 : undefined;
  }

  /** A command's result. */
  print(text: string): void {
    this.surroundings.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** What was done, for a person; not with `--quiet`. */
  say(text: string): void {
    if (!this.globals.quiet) this.print(text);
  }

  /** Beside the result, on standard error. */
  note(text: string): void {
    this.surroundings.stderr.write(`${text}\n`);
  }
}
