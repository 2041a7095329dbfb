/** Configuration keys about snapshots that are made by themselves. */
import type { ConfigKey } from "./config-keys.ts";
import { nextName, patternAt } from "./name-pattern.ts";
import { parseSchedule } from "./schedule.ts";
import { snapshotName, snapshotNameRule } from "./snapshot-name.ts";
import { timeAfter } from "./time-span.ts";
import { boolean } from "./values.ts";

const both = ["container", "virtual-machine"] as const;
/** Any will do to try a pattern out; all of its parts have two digits. */
const someTime = new Date(2026, 11, 30, 22, 44, 55);

export const snapshotConfigKeys: readonly ConfigKey[] = [
  {
    key: "snapshots.schedule",
    doc: "When snapshots are made by themselves: the five fields of cron in the host's time zone (`0 6 * * *`), or @hourly, @daily, @midnight, @weekly, @monthly, @annually, @yearly; several with a comma and a space between them. Times at which the daemon does not run are not made up for.",
    default: "never",
    types: both,
    check: (value) =>
      parseSchedule(value)
        ? undefined
        : "must be five fields as in cron (`0 6 * * *`) or one of @hourly, @daily, @midnight, @weekly, @monthly, @annually, @yearly and @never",
    live: true,
  },
  {
    key: "snapshots.schedule.stopped",
    doc: "Whether the schedule also holds while the instance is stopped.",
    default: "false",
    types: both,
    check: boolean,
    live: true,
  },
  {
    key: "snapshots.pattern",
    doc: "What a snapshot is called that is given no name, also one made by hand: `%d` stands for a number that counts up, `{{ creation_date|date:'2006-01-02_15-04' }}` for the time, written as Go writes its reference time. Without a number, one is added when the name is taken.",
    default: "snap%d",
    types: both,
    check: (value) => {
      const rendered = patternAt(value, someTime);
      if (rendered === undefined)
        return "may have `%d` once and, in braces, only times such as {{ creation_date|date:'2006-01-02' }}";
      const name = nextName(rendered, []);
      return snapshotName.test(name) ? undefined : `makes names such as "${name}", which ${snapshotNameRule}`;
    },
    live: true,
  },
  {
    key: "snapshots.expiry",
    doc: "How long a new snapshot is kept that is given no time of its own, also one made by hand: a span such as `1d` or `2w 3H` (M minutes, H hours, d days, w weeks, m months, y years).",
    default: "for good",
    types: both,
    check: (value) =>
      timeAfter(someTime, value) ? undefined : "must be a span such as 1d or 2w 3H (units S, M, H, d, w, m, y)",
    live: true,
  },
];
