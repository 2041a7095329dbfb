import { LodgeError } from "@lodge/api/errors";

/** What a command takes, by its place. */
export interface Place {
  readonly name: string;
  readonly variadic: boolean;
  readonly required: boolean;
}

type Values = readonly unknown[];

/** Places of names that a server gives. Everywhere else a colon is a colon: files of this side, settings, addresses, commands. */
const named = new Set([
  ...[
    "images",
    "instance",
    "source",
    "name",
    "target",
    "path",
    "filter",
    "snapshot",
    "image",
    "alias",
    "profile",
    "project",
  ],
  ...["network", "pool", "volume", "template", "operation", "warning", "prefix", "fingerprint"],
]);
/** Of these both ends count: without a remote one is meant to be on the default one. */
const bothEnds = new Set(["copy", "move"]);

/**
 * Takes `REMOTE:` off the words of a command line: the one place where that is read. All words must be of one remote. A word that is a remote
 * and nothing else says where, and is gone: `lodge list lab:`, `lodge config get lab: core.https_address`.
 */
export function takeRemote(
  command: string,
  places: readonly Place[],
  values: Values,
  known: Known & { readonly default: string },
): { readonly remote: string | undefined; readonly values: Values } {
  const words = places.flatMap((place, index) => {
    const value = values[index];
    return (place.variadic ? ((value as unknown[] | undefined) ?? []) : [value]).map((word) => ({ place, word }));
  });
  const split = words.map(({ place, word }) => ({ place, ...splitRemote(place, word, known) }));
  const remotes = new Set(split.flatMap(({ remote }) => remote ?? []));
  if (remotes.size === 0) return { remote: undefined, values };
  const ends = split.filter(({ word }) => word !== undefined);
  if (bothEnds.has(command) && ends.length > 1 && ends.some(({ remote }) => remote === undefined))
    remotes.add(known.default);
  const [remote, ...others] = remotes;
  if (others.length > 0) {
    throw new LodgeError({
      code: "not_supported",
      message: `A command works with one server, and this one names several (${[...remotes].join(", ")}). \`lodge copy\`, \`lodge move\` and \`lodge storage volume copy\` bring things from one to another.`,
    });
  }
  return { remote, values: refill(places, split, values) };
}

function splitRemote(
  { name }: Place,
  word: unknown,
  known: Known,
): { readonly remote?: string; readonly word: unknown } {
  if (typeof word !== "string" || !named.has(name)) return { word };
  const [, remote, rest] = /^([A-Za-z0-9][A-Za-z0-9._-]*):(.*)$/s.exec(word) ?? [];
  if (remote === undefined) return { word };
  if ((name === "image" || name === "images") && known.offersImagesOnly(remote)) return { word };
  if (known.has(remote)) return { remote, word: rest };
  // No instance has a colon in its name, and nothing else ends with one.
  if (name !== "instance" && rest !== "") return { word };
  throw new LodgeError({
    code: "remote_not_found",
    message: `There is no remote "${remote}"; \`lodge remote list\` shows those that there are.`,
  });
}

/** The servers that there are. */
interface Known {
  has(name: string): boolean;
  /** Images may come from there, and nothing else: the command reads such words itself. */
  offersImagesOnly(name: string): boolean;
}

/** What is left, in its places again. */
function refill(
  places: readonly Place[],
  words: readonly { readonly place: Place; readonly word: unknown }[],
  before: Values,
): Values {
  const gone = words.some(({ word }) => word === "");
  const left = words.filter(({ word }) => word !== "" && (word !== undefined || !gone));
  return places.map((place, index) => {
    if (place.variadic) {
      const rest = (gone ? left.splice(0) : left.filter((each) => each.place === place)).map(({ word }) => word);
      return rest.length > 0 || before[index] !== undefined ? rest : undefined;
    }
    const word = gone ? left.shift()?.word : left.find((each) => each.place === place)?.word;
    if (word === undefined && place.required) {
      throw new LodgeError({ code: "request_invalid", message: `Behind the remote, <${place.name}> is missing.` });
    }
    return word;
  });
}
