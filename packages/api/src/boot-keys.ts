/** Configuration keys about what Lodge starts and stops by itself. */
import type { ConfigKey } from "./config-keys.ts";
import { boolean, integer, offering, oneOf } from "./values.ts";

const both = ["container", "virtual-machine"] as const;
const day = 86_400;

export const bootConfigKeys: readonly ConfigKey[] = [
  {
    key: "boot.autostart",
    doc: "Whether the instance is started after a boot of the host: always (true), never (false), or if it ran before (last-state). A restart of the daemon alone starts nothing.",
    default: "last-state",
    types: both,
    check: offering(["true", "false", "last-state"], (value) =>
      value === "last-state" || boolean(value) === undefined ? undefined : "must be true, false or last-state",
    ),
    live: true,
  },
  {
    key: "boot.autostart.priority",
    doc: "Order of the starts after a boot of the host: the highest first, equal ones together.",
    default: "0",
    types: both,
    check: integer(-1_000_000, 1_000_000),
    live: true,
  },
  {
    key: "boot.autostart.delay",
    doc: "Seconds to wait after this instance was started before the next in the order is.",
    default: "0",
    types: both,
    check: integer(0, day),
    live: true,
  },
  {
    key: "boot.autorestart",
    doc: "Whether to start the instance again when it ends without anybody having asked for it (a crash, a kill from outside): at once, then after 1, 2, 4 … 60 seconds. A guest that powers itself off stays off.",
    default: "false",
    types: both,
    check: boolean,
    live: true,
  },
  {
    key: "boot.autorestart.limit",
    doc: "How often in a row boot.autorestart starts an instance that never runs for a minute; then it is left alone in state Error.",
    default: "10",
    types: both,
    check: integer(1, 1000),
    live: true,
  },
  {
    key: "boot.stop.priority",
    doc: "Order in which instances are shut down with the host: the highest first, equal ones together.",
    default: "0",
    types: both,
    check: integer(-1_000_000, 1_000_000),
    live: true,
  },
  {
    key: "boot.host_shutdown_action",
    doc: "What is done when the host shuts down: ask the guest to power off (stop), or end it at once (force-stop).",
    default: "stop",
    types: both,
    check: oneOf("stop", "force-stop"),
    live: true,
  },
  {
    key: "boot.host_shutdown_timeout",
    doc: "Seconds that a guest has to power off when the host shuts down, before it is ended.",
    default: "30",
    types: both,
    check: integer(0, day),
    live: true,
  },
];
