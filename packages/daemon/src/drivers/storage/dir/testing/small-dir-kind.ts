import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../../system/run.ts";
import type { PoolKind } from "../../file-pool/testing/pool-host.ts";
import { dirKind } from "./dir-kind.ts";

/** On an ext4 of its own that is filled in no time, and has nothing put by for root. */
export const smallDirKind: PoolKind = {
  ...dirKind,
  make: async (lodgeDir) => {
    const [file, place] = [join(lodgeDir, "ext4.img"), join(lodgeDir, "pools")];
    await writeFile(file, "");
    await truncate(file, 96 * 2 ** 20);
    await run("mke2fs", ["-q", "-t", "ext4", "-m", "0", file]);
    await mkdir(place, { mode: 0o711 });
    await run("mount", ["-o", "loop", file, place]);
  },
};

/** Why no such pool can be made here; undefined: it can. */
export function smallDirProblem(): Promise<string | undefined> {
  return run("losetup", ["--find"]).then(
    () => undefined,
    () => "the host has no loop devices",
  );
}
