import { splitImageWord } from "./image-words.ts";
import type { Remotes } from "./remotes.ts";

/** One end of a copy or move: what, and where. */
export interface End {
  readonly remote: string;
  /** Without the remote; empty where the command line names nothing but that. */
  readonly word: string;
}

/** Whether `text` may be a name with a remote before it: neither names nor pools have colons. `remote_not_found`. */
export function endOf(remotes: Pick<Remotes, "has" | "default">, usual: string | undefined, text: string): End {
  return splitImageWord(remotes, text) ?? { remote: usual ?? remotes.default, word: text };
}
