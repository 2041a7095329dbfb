/** Keys of a table, what they are set to, and what somebody changes of that: the form's data, without a form. */

/** A key of one of the tables of `@lodge/api`. */
export interface KeyOfTable {
  /** One that ends with `*` stands for all with that prefix. */
  readonly key: string;
  readonly doc: string;
  readonly default: string;
  readonly check: ((value: string) => string | undefined) & { readonly choices?: readonly string[] };
}

/** What is beneath the values of one's own: the last that has a key counts. */
export interface Layer {
  /** "profile default" */
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

/** What somebody has typed; the empty text unsets. */
export type Edits = Readonly<Record<string, string>>;

export interface Setting<Key extends KeyOfTable = KeyOfTable> {
  readonly key: string;
  readonly table: Key;
  /** Of one's own. */
  readonly value: string | undefined;
  /** What counts where there is none of one's own. */
  readonly inherited: { readonly value: string; readonly from: string } | undefined;
}

export interface Group<Key extends KeyOfTable = KeyOfTable> {
  readonly title: string;
  readonly settings: readonly Setting<Key>[];
}

/** Every key of the table; of one for many those that are set or typed. */
export function settingsOf<Key extends KeyOfTable>(
  table: readonly Key[],
  own: Readonly<Record<string, string>>,
  layers: readonly Layer[],
  edits: Edits = {},
): Setting<Key>[] {
  const present = [
    ...new Set([own, ...layers.map(({ values }) => values), edits].flatMap((each) => Object.keys(each))),
  ];
  const plain = new Set(table.map(({ key }) => key));
  return table.flatMap((entry) => {
    const keys = entry.key.endsWith("*")
      ? present.filter((key) => key.startsWith(entry.key.slice(0, -1)) && !plain.has(key)).toSorted()
      : [entry.key];
    return keys.map((key) => ({ key, table: entry, value: own[key], inherited: inheritedOf(key, layers) }));
  });
}

function inheritedOf(key: string, layers: readonly Layer[]): Setting["inherited"] {
  const layer = layers.findLast(({ values }) => values[key] !== undefined);
  const value = layer?.values[key];
  return layer && value !== undefined ? { value, from: layer.name } : undefined;
}

const titles: Readonly<Record<string, string>> = {
  limits: "Limits",
  boot: "Start and stop",
  snapshots: "Snapshots",
  security: "Security",
  "cloud-init": "cloud-init",
  environment: "Environment",
  user: "Free for the user",
  image: "From the image",
  raw: "Raw",
  agent: "Guest agent",
  volatile: "The daemon's own notes",
};

/** By the key's first word, in the table's order. */
export function groupsOf<Key extends KeyOfTable>(settings: readonly Setting<Key>[]): Group<Key>[] {
  const groups = Map.groupBy(settings, ({ key }) => key.split(".")[0] ?? key);
  return [...groups].map(([prefix, all]) => ({
    title: titles[prefix] ?? `${prefix.charAt(0).toUpperCase()}${prefix.slice(1)}`,
    settings: all,
  }));
}

/** Whether somebody looks for a setting: by its key, its value or what is said of it. */
export function isWanted({ key, table, value = "", inherited }: Setting, words: string): boolean {
  const text = `${key} ${value} ${inherited?.value ?? ""} ${table.doc}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Of a default that is another for each type, one type's: "containers: all; VMs: 1". */
export function defaultFor(words: string, type: "container" | "virtual-machine"): string {
  const [, container, machine] = /^containers: (.*); (?:VMs|virtual machines): (.*)$/.exec(words) ?? [];
  return (type === "container" ? container : machine) ?? words;
}

export const isSet = ({ value, inherited }: Setting): boolean => value !== undefined || inherited !== undefined;

/** Values with the changes: what is empty is not there. */
export function withEdits(own: Readonly<Record<string, string>>, edits: Edits): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...own, ...edits }).filter(([, value]) => value !== ""));
}

/** Changes that change something. */
export function realEdits(own: Readonly<Record<string, string>>, edits: Edits): Edits {
  return Object.fromEntries(Object.entries(edits).filter(([key, value]) => value !== (own[key] ?? "")));
}

/** What is wrong with what was typed, by key. */
export function problemsOf(settings: readonly Setting[], edits: Edits): ReadonlyMap<string, string> {
  return new Map(
    settings.flatMap(({ key, table }) => {
      const value = edits[key];
      const problem = value ? table.check(value) : undefined;
      return problem ? [[key, problem] as const] : [];
    }),
  );
}
