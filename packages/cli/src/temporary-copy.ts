import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "./context.ts";

/** A file for the user's editor. */
export interface TemporaryCopy {
  readonly path: string;
  /** What is in it now; undefined while it is as it was. */
  changed(): Promise<Buffer | undefined>;
}

/** Works with a copy that only this user can read. When the work fails, what the user changed in it is kept. */
export async function withTemporaryCopy(
  context: Context,
  name: string,
  content: Buffer,
  work: (copy: TemporaryCopy) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "lodge-edit-"));
  const path = join(directory, name);
  await writeFile(path, content, { mode: 0o600, flag: "wx" });
  const changed = async () => {
    const now = await readFile(path);
    return now.equals(content) ? undefined : now;
  };
  try {
    await work({ path, changed });
  } catch (error) {
    if (await changed()) context.note(`Your text is in ${path}.`);
    else await rm(directory, { recursive: true, force: true });
    throw error;
  }
  await rm(directory, { recursive: true, force: true });
}
