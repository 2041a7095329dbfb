import { type MetricFamily, metricFamilies } from "./families.ts";

export interface Sample {
  /** Of one of `metricFamilies`. */
  readonly name: string;
  readonly labels: Labels;
  /** Further labels, of many samples alike: the same object for all of them, whose text is made once. */
  readonly of?: Labels;
  readonly value: number;
}

export type Labels = Readonly<Record<string, string>>;

/** The text of OpenMetrics 1.0: a family's samples together, under what is said of it; families without any are left out. */
export function renderOpenMetrics(samples: readonly Sample[]): string {
  const byName = Map.groupBy(samples, ({ name }) => name);
  const shared = new Map<Labels, string>();
  const families = metricFamilies.flatMap((family) => {
    const own = byName.get(family.name);
    return own ? [`${heading(family)}${own.map((sample) => line(sample, shared)).join("")}`] : [];
  });
  return `${families.join("")}# EOF\n`;
}

const endings = { counter: /_total$/, info: /_info$/, gauge: /$/ } as const;

/** The family of a counter is called as its samples are, without the ending; a unit is what its name ends with then. */
function heading({ name, type, help }: MetricFamily): string {
  const family = name.replace(endings[type], "");
  const [, unit] = /_(bytes|seconds)$/.exec(family) ?? [];
  const unitLine = unit ? `# UNIT ${family} ${unit}\n` : "";
  return `# HELP ${family} ${help}\n# TYPE ${family} ${type}\n${unitLine}`;
}

function line({ name, labels, of, value }: Sample, shared: Map<Labels, string>): string {
  let more = of ? shared.get(of) : "";
  if (of && more === undefined) shared.set(of, (more = pairs(of)));
  const own = pairs(labels);
  const text = own && more ? `${own},${more}` : own || more;
  return text ? `${name}{${text}} ${value}\n` : `${name} ${value}\n`;
}

function pairs(labels: Labels): string {
  let text = "";
  for (const label in labels) text += `${text === "" ? "" : ","}${label}="${escaped(labels[label] ?? "")}"`;
  return text;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

function escaped(text: string): string {
  return /[\\"\n]/.test(text) ? text.replace(/[\\"\n]/g, (character) => escapes[character] ?? character) : text;
}
