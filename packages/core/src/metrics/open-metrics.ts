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

/** The family of a counter is called as its samples are, without the ending. */
function heading({ name, type, help }: MetricFamily): string {
  const family = type === "counter" ? name.replace(/_total$/, "") : name;
  return `# HELP ${family} ${help}\n# TYPE ${family} ${type}\n`;
}

function line({ name, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}\n`;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

const escaped = (text: string): string => text.replace(/[\\"\n]/g, (character) => escapes[character] ?? character);
