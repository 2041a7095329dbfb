import { elfArchitecture } from "./elf-architecture.ts";

/** What the entries of an archive say of the root file system that it holds. */
export class RootSurvey {
  readonly #programs = new Map<string, number>();
  #looksLikeRoot = false;

  /** A path inside the archive. Returns whether the entry is a program, whose first bytes are worth a look. */
  note(path: string): boolean {
    if (/^(usr|bin|etc)(\/|$)/.test(path)) this.#looksLikeRoot = true;
    return /^(usr\/)?s?bin\/[^/]+$/.test(path);
  }

  noteProgram(head: Buffer): void {
    const architecture = elfArchitecture(head);
    if (architecture !== undefined) this.#programs.set(architecture, (this.#programs.get(architecture) ?? 0) + 1);
  }

  /** Any system has one of these folders. */
  get looksLikeRoot(): boolean {
    return this.#looksLikeRoot;
  }

  /** That of most programs; undefined without any. */
  get architecture(): string | undefined {
    return [...this.#programs].toSorted(([, a], [, b]) => b - a)[0]?.[0];
  }
}
