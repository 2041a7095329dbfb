/** What may stand in an image's root file system. */
import * as rules from "../../../system/tar/entry-rules.ts";
import { refuse } from "./refuse.ts";

export type { Entry, EntryType } from "../../../system/tar/entry-rules.ts";
export type ImageLimits = rules.EntryLimits;

export class EntryRules extends rules.EntryRules {
  constructor(limits: ImageLimits) {
    super(limits, refuse);
  }
}

export function insidePath(path: string): string {
  return rules.insidePath(path, refuse);
}
