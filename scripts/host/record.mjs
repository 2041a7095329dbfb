/** What set-up made outside the checkout, so that uninstall removes that and nothing else. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lodgeDir } from "../setup/places.mjs";

/**
 * @typedef {object} SetupRecord
 * @property {string} [group] The group that was made.
 * @property {string[]} [commands] Files put on PATH.
 * @property {string[]} [units] Files of systemd units.
 * @property {string[]} [packages] Host packages that were installed.
 * @property {string[]} [checkouts] Checkouts in which Node, npm packages and the build were made.
 */

const file = join(lodgeDir, "setup.json");

/** @returns {SetupRecord} */
export function readRecord() {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}

/** @param {SetupRecord} addition Lists are merged with what is there. */
export function record(addition) {
  /** @type {Record<string, unknown>} */
  const merged = { ...readRecord() };
  for (const [key, value] of Object.entries(addition)) {
    const before = merged[key];
    merged[key] = Array.isArray(value) ? [...new Set([...(Array.isArray(before) ? before : []), ...value])] : value;
  }
  // Others may pass through to what is theirs beneath (QEMU's and containers' users), and not list it.
  mkdirSync(lodgeDir, { recursive: true, mode: 0o711 });
  writeFileSync(file, `${JSON.stringify(merged, null, 2)}\n`, { mode: 0o600 });
}
