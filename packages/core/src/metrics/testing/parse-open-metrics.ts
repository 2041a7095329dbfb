/** A strict reader of OpenMetrics 1.0, as far as counters, gauges and infos go: what it lets pass, every scraper reads. */
export interface ParsedFamily {
  readonly type: "counter" | "gauge" | "info";
  readonly help: string;
  readonly samples: { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

const namePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelPattern = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** By the name of the family. Throws on the first line that is not as the standard wants it. */
export function parseOpenMetrics(text: string): Map<string, ParsedFamily> {
  if (!text.endsWith("# EOF\n")) throw new Error("the text does not end with # EOF and a line feed");
  const lines = text.slice(0, -"# EOF\n".length).split("\n");
  if (lines.pop() !== "") throw new Error("# EOF does not stand on a line of its own");
  const families = new Map<string, ParsedFamily & { readonly seen: Set<string> }>();
  let help: readonly [name: string, text: string] | undefined;
  let current: string | undefined;
  for (const line of lines) {
    const [, kind, name, rest] = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/.exec(line) ?? [];
    if (kind !== undefined && name !== undefined && rest !== undefined) {
      if (!namePattern.test(name)) throw new Error(`no name: ${line}`);
      if (kind === "UNIT") {
        const begun = name === current && families.get(name)?.samples.length === 0;
        if (!begun || !name.endsWith(`_${rest}`)) throw new Error(`no unit of its family: ${line}`);
        continue;
      }
      if (families.has(name)) throw new Error(`family ${name} is not in one piece`);
      if (kind === "HELP") {
        help = [name, rest];
        continue;
      }
      if (rest !== "counter" && rest !== "gauge" && rest !== "info")
        throw new Error(`no type that is in use here: ${line}`);
      if (rest === "counter" && name.endsWith("_total"))
        throw new Error(`a counter's family ends with _total: ${line}`);
      if (help?.[0] !== name) throw new Error(`TYPE does not follow its HELP: ${line}`);
      families.set(name, { type: rest, help: help[1], samples: [], seen: new Set() });
      current = name;
      continue;
    }
    const family = current === undefined ? undefined : families.get(current);
    if (!family) throw new Error(`a sample without a family: ${line}`);
    const sample = parseSample(line);
    const expected = `${current}${{ counter: "_total", info: "_info", gauge: "" }[family.type]}`;
    if (sample.name !== expected) throw new Error(`${sample.name} is no sample of ${current}`);
    if (family.type === "counter" && sample.value < 0) throw new Error(`a counter below zero: ${line}`);
    const key = JSON.stringify(Object.entries(sample.labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (family.seen.has(key)) throw new Error(`the same labels twice: ${line}`);
    family.seen.add(key);
    family.samples.push(sample);
  }
  return families;
}

function parseSample(line: string) {
  const [, name = "", labelText = "", number = ""] = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (!namePattern.test(name)) throw new Error(`no sample: ${JSON.stringify(line)}`);
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(number)) throw new Error(`no number: ${line}`);
  return { name, labels: parseLabels(labelText), value: Number(number) };
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== "") {
    const [whole, label = "", value = ""] = /^([^=,]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest) ?? [];
    if (whole === undefined || !labelPattern.test(label) || label in labels) throw new Error(`no labels: ${text}`);
    labels[label] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
    rest = rest.slice(whole.length);
  }
  return labels;
}
