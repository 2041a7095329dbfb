import type { Logger } from "pino";
import type { Settings } from "../settings.ts";
import type { LodgePaths } from "../system/paths.ts";

/** Where lodged lies. */
export interface Places {
  /** Its own file. */
  readonly main: string;
  /** The checkout that it was built in, with the images' definitions and the console. */
  readonly checkout: string;
}

/** What the parts are made for. */
export interface Host {
  readonly settings: Settings;
  readonly places: Places;
  readonly paths: LodgePaths;
  readonly log: Logger;
}
