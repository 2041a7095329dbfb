/** The configuration key about how long an instance lives. */
import type { ConfigKey } from "./config-keys.ts";
import { timeSpan } from "./values.ts";

export const lifetimeKeys: readonly ConfigKey[] = [
  {
    key: "ttl",
    doc: "How long the instance lives (90s, 30m, 1h, 2d, 1h30m): then it is deleted, also when it runs or is stopped. The time begins when the instance is made, and anew whenever the value changes, so that another value extends it. A protected instance (`security.protection.delete`) is stopped instead and does not start any more. `lodge info` shows the end.",
    default: "no end",
    types: ["container", "virtual-machine"],
    check: timeSpan,
    live: true,
  },
];
