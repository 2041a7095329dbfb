import { type MetricFamily, metricFamilies } from "./families.ts";

export interface Sample {
  /** Of one of `metricFamilies`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The text of OpenMetrics 1.0: a family's samples together, under what is said of it; families without any are left out. */
export function renderOpenMetrics(samples: readonly Sample[]): string {
  const byName = Map.groupBy(samples, ({ name }) => name);
  const families = metricFamilies.flatMap((family) => {
    const own = byName.get(family.name);
    return own ? [`${heading(family)}${own.map(line).join("")}`] : [];
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

function line({ name, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}\n`;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

const escaped = (text: string): string => text.replace(/[\\"\n]/g, (character) => escapes[character] ?? character);
