/** Times at which something is done again and again: the five fields of crontab(5), or a name for them. Free of zod. */

/** The minutes, hours, days of the month, months and days of the week (0: Sunday) of one rule. */
interface Rule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Both kinds of days are restricted: either is enough, as in cron. */
  readonly eitherDay: boolean;
}

export type Schedule = readonly Rule[];

interface Field {
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const minute: Field = { least: 0, most: 59 };
const hour: Field = { least: 0, most: 23 };
const dayOfMonth: Field = { least: 1, most: 31 };
const month: Field = { least: 1, most: 12, names: months };
/** 7 is Sunday, too. */
const dayOfWeek: Field = { least: 0, most: 7, names: weekdays };

const named: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@annually": "0 0 1 1 *",
  "@yearly": "0 0 1 1 *",
};

/** One rule, or several with a comma and a space between them; `@never` and nothing give none. Undefined when it is no schedule. */
export function parseSchedule(text: string): Schedule | undefined {
  const parts = text
    .trim()
    .toLowerCase()
    .split(/,\s+/)
    .filter((part) => part !== "" && part !== "@never");
  const rules = parts.map((part) => parseRule(named[part] ?? part));
  return rules.every((rule) => rule !== undefined) ? rules : undefined;
}

/** Whether a time's minute, in the host's time zone, is one of the schedule's. */
export function isDue(schedule: Schedule, at: Date): boolean {
  return schedule.some((rule) => {
    const day = rule.days.has(at.getDate());
    const weekday = rule.weekdays.has(at.getDay());
    return (
      rule.minutes.has(at.getMinutes()) &&
      rule.hours.has(at.getHours()) &&
      rule.months.has(at.getMonth() + 1) &&
      (rule.eitherDay ? day || weekday : day && weekday)
    );
  });
}

function parseRule(text: string): Rule | undefined {
  const [minutes, hours, days, monthsOf, weekdaysOf, ...more] = text.split(/\s+/);
  const rule = {
    minutes: parseField(minutes, minute),
    hours: parseField(hours, hour),
    days: parseField(days, dayOfMonth),
    months: parseField(monthsOf, month),
    weekdays: parseField(weekdaysOf, dayOfWeek),
  };
  const { weekdays: listed } = rule;
  if (more.length > 0 || !rule.minutes || !rule.hours || !rule.days || !rule.months || !listed) return undefined;
  return {
    minutes: rule.minutes,
    hours: rule.hours,
    days: rule.days,
    months: rule.months,
    weekdays: new Set([...listed].map((each) => each % 7)),
    eitherDay: !days?.startsWith("*") && !weekdaysOf?.startsWith("*"),
  };
}

/** A list of numbers, names, ranges and steps: `1,15`, `mon-fri`, `*`, `0-30/10`. */
function parseField(text: string | undefined, field: Field): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of text?.split(",") ?? [""]) {
    const [, from = "", to, step = "1"] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const first = from === "*" ? field.least : numberOf(from, field);
    // `5/15` begins at five and goes on to the end.
    const open = from === "*" || (to === undefined && part.includes("/"));
    const last = open ? field.most : numberOf(to ?? from, field);
    if (first === undefined || last === undefined || first > last || (from === "*" && to !== undefined))
      return undefined;
    if (Number(step) < 1) return undefined;
    for (let value = first; value <= last; value += Number(step)) values.add(value);
  }
  return values;
}

function numberOf(text: string, { least, most, names }: Field): number | undefined {
  const named = names?.indexOf(text) ?? -1;
  const value = named >= 0 ? named + (names === months ? 1 : 0) : Number(/^\d{1,2}$/.exec(text)?.[0] ?? Number.NaN);
  return value >= least && value <= most ? value : undefined;
}
