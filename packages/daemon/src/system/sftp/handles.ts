import { randomBytes } from "node:crypto";
import type { OpenDirectory, OpenFile } from "./entries.ts";

/** What one client has open, by names that it was told. */
export class Handles {
  /** Files and directories that may be open at once. */
  readonly most = 256;
  readonly #open = new Map<string, OpenFile | OpenDirectory>();

  async add(open: () => Promise<OpenFile | OpenDirectory>): Promise<string> {
    if (this.#open.size >= this.most) throw new Error(`more than ${this.most} files are open`);
    const opened = await open();
    const name = randomBytes(8).toString("hex");
    this.#open.set(name, opened);
    return name;
  }

  file(name: string): OpenFile {
    const found = this.#open.get(name);
    if (found && "read" in found) return found;
    throw new Error("no file is open by this handle");
  }

  directory(name: string): OpenDirectory {
    const found = this.#open.get(name);
    if (found && "next" in found) return found;
    throw new Error("no directory is open by this handle");
  }

  async close(name: string): Promise<void> {
    const found = this.#open.get(name);
    if (!found) throw new Error("nothing is open by this handle");
    this.#open.delete(name);
    await found.close();
  }

  async closeAll(): Promise<void> {
    await Promise.allSettled([...this.#open.values()].map((each) => each.close()));
    this.#open.clear();
  }
}
