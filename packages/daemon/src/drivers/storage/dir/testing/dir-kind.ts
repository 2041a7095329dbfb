import pino from "pino";
import { LodgePaths } from "../../../../system/paths.ts";
import type { PoolKind } from "../../file-pool/testing/pool-host.ts";
import { openDirPool } from "../dir-pool.ts";

/** A directory in LODGE_DIR: nothing has to be made. */
export const dirKind: PoolKind = {
  name: "dir",
  make: async () => undefined,
  open: (lodgeDir) => openDirPool(new LodgePaths(lodgeDir).pool("default"), pino({ level: "silent" })),
  remove: async () => undefined,
  load: new URL("snapshot-load.ts", import.meta.url),
};
