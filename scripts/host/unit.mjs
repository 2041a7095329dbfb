/** The systemd units of a daemon: its own, and one that shuts the instances down before the host goes down. */
import { defaultLodgeDir, tagOf } from "../setup/places.mjs";

/**
 * @typedef {object} UnitFacts
 * @property {string} node
 * @property {string} main
 * @property {string} directory LODGE_DIR
 * @property {Readonly<Record<string, string>>} environment
 */

/** @param {string} directory */
export function unitName(directory) {
  return directory === defaultLodgeDir ? "lodged.service" : `lodged-${tagOf(directory)}.service`;
}

/**
 * `KillMode=process` and `Delegate=yes` are what lets instances outlive the daemon: systemd ends only the daemon
 * itself and keeps its hands off the groups beneath. No OOMScoreAdjust: QEMU and the commands of `exec` would inherit it,
 * and the daemon itself can die without harm.
 * @param {UnitFacts} facts
 */
export function unitText({ node, main, directory, environment }) {
  const variables = Object.entries({ ...environment, LODGE_DIR: directory });
  return `[Unit]
Description=Lodge: containers and virtual machines (${directory})
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart="${escape(node)}" "${escape(main)}"
WorkingDirectory=/
${variables.map(([name, value]) => `Environment="${name}=${escape(value)}"`).join("\n")}
Delegate=yes
KillMode=process
TimeoutStopSec=60
Restart=always
RestartSec=1
TasksMax=infinity
LimitNOFILE=1048576

[Install]
WantedBy=multi-user.target
`;
}

/** @param {string} directory */
export function shutdownUnitName(directory) {
  return unitName(directory).replace(/\.service$/, "-shutdown.service");
}

/**
 * systemd stops units in the reverse order of their start: this one while the daemon still serves. A unit of its own, because
 * stopping or restarting the daemon must not touch the instances. Without a daemon there is nothing to shut down.
 * @param {{ node: string, cli: string, directory: string }} facts
 */
export function shutdownUnitText({ node, cli, directory }) {
  return `[Unit]
Description=Lodge: shuts instances down before the host does (${directory})
After=${unitName(directory)}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStop=-"${escape(node)}" "${escape(cli)}" host shutdown
WorkingDirectory=/
Environment="LODGE_DIR=${escape(directory)}"
TimeoutStopSec=1800

[Install]
WantedBy=multi-user.target
`;
}

/** @param {string} value */
function escape(value) {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%");
}
